import type { StandinClock } from '../../dependencies.ts';
import { githubError, type Refusal } from '../../http/refusal.ts';
import type { Limits } from './settings.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DOCUMENTATION =
  'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits';

interface Meter {
  spent: number;
  endsAt: number;
}

interface Cost {
  /** Whether the request changes nothing. */
  readonly reads: boolean;
  readonly createsContent: boolean;
}

/** GitHub's secondary limits, for each caller: open requests, points and new content by the minute. */
export function createSecondary(clock: StandinClock, limits: () => Limits['secondary']) {
  const meters = new Map<string, Meter>();
  const open = new Map<string, number>();

  /** Spends; says how many milliseconds there are to wait where that is too much, else 0. */
  function spend(name: string, amount: number, limit: number | null, windowMs: number): number {
    if (limit === null) return 0;
    const now = clock.now();
    const known = meters.get(name);
    const meter =
      known !== undefined && known.endsAt > now ? known : { spent: 0, endsAt: now + windowMs };
    meters.set(name, meter);
    if (meter.spent + amount > limit) return meter.endsAt - now;
    meter.spent += amount;
    return 0;
  }

  function waitOf(who: string, { reads, createsContent }: Cost): number {
    const { pointsPerMinute, contentPerMinute, contentPerHour } = limits();
    const waits = [spend(`${who} points`, reads ? 1 : 5, pointsPerMinute, MINUTE_MS)];
    if (createsContent) {
      waits.push(spend(`${who} minute`, 1, contentPerMinute, MINUTE_MS));
      waits.push(spend(`${who} hour`, 1, contentPerHour, HOUR_MS));
    }
    return Math.max(...waits);
  }

  return {
    clear: () => meters.clear(),
    /** Notes that a request is open; what it returns notes that it is no longer. Refuses one too many. */
    enter(who: string): () => void {
      const { concurrent } = limits();
      const count = open.get(who) ?? 0;
      if (concurrent !== null && count >= concurrent) throw exceeded(MINUTE_MS);
      open.set(who, count + 1);
      return () => {
        const left = (open.get(who) ?? 1) - 1;
        if (left === 0) open.delete(who);
        else open.set(who, left);
      };
    },
    /** Refuses what costs more than is left of the minute or the hour. */
    charge(who: string, cost: Cost): void {
      const wait = waitOf(who, cost);
      if (wait > 0) throw exceeded(wait);
    },
  };
}

const exceeded = (waitMs: number): Refusal =>
  githubError(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    {
      documentation: DOCUMENTATION,
      headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) },
    },
  );
