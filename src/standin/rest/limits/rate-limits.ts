import type { StandinClock } from '../../dependencies.ts';
import { githubError } from '../../http/refusal.ts';
import type { Caller } from '../callers/caller.ts';
import { createSecondary } from './secondary.ts';
import { GITHUB_LIMITS, type Limits } from './settings.ts';

const HOUR_MS = 3_600_000;
const DOCUMENTATION =
  'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';

interface Window {
  used: number;
  resetAt: number;
}

interface RateState {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

export type RateLimits = ReturnType<typeof createRateLimits>;

/**
 * GitHub's rate limits for the REST API: so many requests an hour for each token, and the secondary
 * limits. An answer that nothing has changed (304) is not counted.
 */
export function createRateLimits(clock: StandinClock, initial: Limits = GITHUB_LIMITS) {
  let limits = initial;
  const windows = new Map<string, Window>();
  const secondary = createSecondary(clock, () => limits.secondary);

  function windowOf(who: string): Window {
    const known = windows.get(who);
    if (known !== undefined && clock.now() < known.resetAt) return known;
    const fresh = { used: 0, resetAt: clock.now() + HOUR_MS };
    windows.set(who, fresh);
    return fresh;
  }

  function stateOf(caller: Caller, ip: string): RateState {
    const { used, resetAt } = windowOf(nameOf(caller, ip));
    const limit = limitOf(limits, caller);
    const remaining = Math.max(0, limit - used);
    return { limit, used, remaining, reset: Math.ceil(resetAt / 1000) };
  }

  return {
    stateOf,
    secondary,
    limits: (): Limits => limits,
    /** New numbers; all windows begin anew. */
    change(next: Limits): void {
      limits = next;
      windows.clear();
      secondary.clear();
    },
    /** Counts a request; refuses it when the hour is used up. */
    count(caller: Caller, ip: string): void {
      const window = windowOf(nameOf(caller, ip));
      if (window.used >= limitOf(limits, caller)) throw exceeded(caller, ip);
      window.used += 1;
    },
    /** Takes back a request that was counted. */
    forgive(caller: Caller, ip: string): void {
      windowOf(nameOf(caller, ip)).used -= 1;
    },
    nameOf,
  };
}

/** Who has a window of its own: a user, an installation, an App, a repository's jobs, an address. */
function nameOf(caller: Caller, ip: string): string {
  switch (caller.kind) {
    case 'owner':
      return 'user';
    case 'job':
      return `job:${caller.job.run.repository.id}`;
    case 'app':
      return `app:${caller.app.id}`;
    case 'installation':
      return `installation:${caller.installation.id}`;
    case 'anonymous':
      return `ip:${ip}`;
  }
}

const limitOf = (limits: Limits, { kind }: Caller): number =>
  limits[kind === 'owner' ? 'user' : kind] ?? Number.MAX_SAFE_INTEGER;

function exceeded(caller: Caller, ip: string) {
  const message =
    caller.kind === 'anonymous'
      ? `API rate limit exceeded for ${ip}. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)`
      : `API rate limit exceeded for ${nameOf(caller, ip).replace(':', ' ID ')}.`;
  return githubError(403, message, { documentation: DOCUMENTATION });
}
