import type { PoolName } from './ids.ts';
import { labelKey, labelsCover } from './labels.ts';
import type { WaitingReason } from './waiting-reason.ts';

/** A pool as the scheduler sees it. */
export interface PoolPolicy {
  readonly name: PoolName;
  readonly labels: readonly string[];
  /** Most runners at once, whatever their state. */
  readonly max: number;
}

/** A runner that has not ended. */
export interface LiveRunner {
  readonly pool: PoolName;
  readonly scope: string;
  readonly labels: readonly string[];
  readonly state: 'starting' | 'idle' | 'busy';
}

/** So many queued jobs that want the same labels at the same scope. */
export interface Demand {
  readonly scope: string;
  readonly labels: readonly string[];
  readonly jobs: number;
}

/** What a queued job asks for. */
export interface Wanted {
  readonly scope: string;
  readonly labels: readonly string[];
}

export type ScheduleDecision =
  | { readonly kind: 'start'; readonly pool: PoolName }
  /** Runners that will take all jobs of this kind are on their way. */
  | { readonly kind: 'covered'; readonly pool: PoolName }
  | { readonly kind: 'wait'; readonly reason: WaitingReason };

export interface ScheduleInput {
  readonly wanted: Wanted;
  readonly demand: readonly Demand[];
  readonly runners: readonly LiveRunner[];
  /** In order of preference. */
  readonly pools: readonly PoolPolicy[];
}

/**
 * Decides whether a runner must be started for the jobs that want `wanted`.
 *
 * GitHub picks the runner, so jobs are counted, not booked (design 2): needed = queued − starting −
 * idle. Where one runner could serve several kinds of jobs it is counted once, for the kind that
 * asks for the most labels, because the fewest runners fit that one. Level-triggered: asking again
 * after a start, with the new runner in `runners`, gives the next answer. The answer never brings a
 * pool above its `max`.
 */
export function schedule({ wanted, demand, runners, pools }: ScheduleInput): ScheduleDecision {
  const fitting = pools.filter((pool) => labelsCover(pool.labels, wanted.labels));
  const first = fitting[0];
  if (first === undefined) {
    return { kind: 'wait', reason: { code: 'no-pool-for-labels', labels: wanted.labels } };
  }
  if (uncovered(wanted, demand, runners) === 0) {
    const fit = runners.find((runner) => runner.state !== 'busy' && fits(runner, wanted));
    return { kind: 'covered', pool: fit?.pool ?? first.name };
  }
  const free = fitting.find((pool) => occupied(pool.name, runners) < pool.max);
  if (free !== undefined) return { kind: 'start', pool: free.name };
  return { kind: 'wait', reason: { code: 'pool-full', pool: first.name, max: first.max } };
}

/** How many of the jobs that want `wanted` no starting or idle runner will take. */
export function uncovered(
  wanted: Wanted,
  demand: readonly Demand[],
  runners: readonly LiveRunner[],
): number {
  const supply = new Map<string, Wanted & { free: number }>();
  for (const runner of runners) {
    if (runner.state === 'busy') continue;
    const key = kindOf(runner);
    const same = supply.get(key) ?? { scope: runner.scope, labels: runner.labels, free: 0 };
    supply.set(key, { ...same, free: same.free + 1 });
  }
  const groups = [...supply.values()].sort(byLabelCount);
  const target = kindOf(wanted);
  for (const kind of merged(demand).sort((a, b) => byLabelCount(b, a))) {
    const missing = take(kind, groups);
    if (kindOf(kind) === target) return missing;
  }
  return 0;
}

/** Takes runners for the jobs of one kind, those with the fewest labels first; says how many lack. */
function take(kind: Demand, groups: (Wanted & { free: number })[]): number {
  let missing = kind.jobs;
  for (const group of groups) {
    if (missing === 0) break;
    if (group.free === 0 || !fits(group, kind)) continue;
    const taken = Math.min(missing, group.free);
    group.free -= taken;
    missing -= taken;
  }
  return missing;
}

/** Demand whose labels differ only in order or case is one kind. */
function merged(demand: readonly Demand[]): Demand[] {
  const kinds = new Map<string, Demand>();
  for (const each of demand) {
    const known = kinds.get(kindOf(each));
    kinds.set(kindOf(each), { ...each, jobs: each.jobs + (known?.jobs ?? 0) });
  }
  return [...kinds.values()];
}

const occupied = (pool: PoolName, runners: readonly LiveRunner[]): number =>
  runners.filter((runner) => runner.pool === pool).length;

const fits = (runner: Wanted, wanted: Wanted): boolean =>
  runner.scope === wanted.scope && labelsCover(runner.labels, wanted.labels);

const kindOf = ({ scope, labels }: Wanted): string => `${scope} ${labelKey(labels)}`;

const byLabelCount = (a: Wanted, b: Wanted): number =>
  a.labels.length - b.labels.length || (kindOf(a) < kindOf(b) ? -1 : 1);
