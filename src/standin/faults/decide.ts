import { roll } from './random.ts';
import { globMatches, routeMatches } from './route.ts';
import type { Delay, Fault } from './schema.ts';

/** An occasion on which something may go wrong. */
export interface Occasion {
  readonly repository?: string | undefined;
  readonly runner?: string | undefined;
  readonly request?: { readonly method: string; readonly path: string };
  readonly webhook?: { readonly event: string; readonly action: string | null };
  /** Where in a job's life. */
  readonly at?: string;
}

/** What has become of a fault so far. */
export interface Tally {
  /** Occasions that it was for. */
  readonly seen: number;
  /** Of these, those that it spoiled. */
  readonly done: number;
  /** When it was set. */
  readonly since: number;
}

/** Whether a fault is for such an occasion at all. */
export function concerns(fault: Fault, occasion: Occasion): boolean {
  if (!globFits(fault.repository, occasion.repository)) return false;
  if (!globFits(fault.runner, occasion.runner)) return false;
  const { request, webhook, at } = occasion;
  if ('route' in fault) {
    return request !== undefined && routeMatches(fault.route, request.method, request.path);
  }
  if ('event' in fault && fault.event !== undefined && fault.event !== webhook?.event) return false;
  if ('action' in fault && fault.action !== undefined && fault.action !== webhook?.action)
    return false;
  return fault.kind !== 'cancelled' || fault.at === at;
}

const globFits = (glob: string | undefined, text: string | undefined): boolean =>
  glob === undefined || (text !== undefined && globMatches(glob, text));

type Moment = Exclude<Fault['from'], undefined>;

const instantOf = (moment: Moment | undefined, since: number, otherwise: number): number => {
  if (moment === undefined) return otherwise;
  return 'at' in moment ? moment.at : since + moment.after;
};

/** Whether `now` is in the fault's window; outside of it, occasions do not even count. */
export const isActive = (fault: Fault, { since }: Tally, now: number): boolean =>
  now >= instantOf(fault.from, since, 0) &&
  now < instantOf(fault.until, since, Number.POSITIVE_INFINITY);

/** Whether the next occasion that a fault is for goes wrong. Pure: the same arguments, the same answer. */
export function decide(fault: Fault, { seen, done }: Tally, seed: string): boolean {
  if (seen < fault.skip || done >= (fault.count ?? Number.POSITIVE_INFINITY)) return false;
  return roll(seed, fault.id, seen) < fault.rate;
}

/** How long a delay takes on the occasion with this number, in milliseconds. */
export function delayMs(delay: Delay, seed: string, fault: string, index: number): number {
  if (typeof delay === 'number') return delay;
  const share = roll(seed, fault, index, 'delay');
  if ('min' in delay) return Math.round(delay.min + share * (delay.max - delay.min));
  const other = roll(seed, fault, index, 'delay-2');
  // A normal deviate of two even ones (Box and Muller); 1.645 of them is the 95th percentile.
  const normal = Math.sqrt(-2 * Math.log(1 - share)) * Math.cos(2 * Math.PI * other);
  const sigma = Math.log(delay.p95 / delay.p50) / 1.645;
  return Math.round(delay.p50 * Math.exp(normal * sigma));
}
