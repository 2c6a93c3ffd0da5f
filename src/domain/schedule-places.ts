import { type Group, reservedPlaces, ShareCounts, shareOf } from './fairness.ts';
import type { PoolName } from './ids.ts';
import { QuotaCounts } from './quota.ts';
import type { RouteStep } from './routing.ts';
import type {
  JobClass,
  LiveRunner,
  PoolState,
  QueuedJob,
  SchedulePolicy,
  ScheduleState,
} from './schedule-types.ts';
import type { WaitingReason } from './waiting-reason.ts';

export type Placed =
  | { readonly pool: PoolName }
  | { readonly reason: WaitingReason; readonly wakeAt: number | null };

interface Obstacle {
  readonly reason: WaitingReason;
  /** When time alone removes it. */
  readonly wakeAt?: number;
}

/**
 * The places of the pools while a plan is made: counts what runners and started jobs occupy, and
 * finds the place for the next job. Counts only rise, so what one job is refused, a younger job of
 * its class is refused too.
 */
export class Places {
  readonly shares = new ShareCounts();
  readonly contended = new Set<PoolName>();
  readonly #quotas = new QuotaCounts();
  readonly #occupied = new Map<PoolName, number>();
  readonly #pools: ReadonlyMap<PoolName, PoolState>;
  readonly #users: ReadonlyMap<PoolName, Map<string, Group>>;
  readonly #reservePercent: number;
  readonly #now: number;

  constructor(state: ScheduleState, policy: SchedulePolicy, now: number) {
    this.#pools = new Map(state.pools.map((pool) => [pool.name, pool]));
    this.#users = usersOf(state, policy);
    this.#reservePercent = policy.shares.reservePercent;
    this.#now = now;
  }

  /** A runner whose job is unknown is nobody's, but it is there. */
  addRunner({ pool }: LiveRunner, jobClass: JobClass | null): void {
    this.#occupied.set(pool, this.#count(pool) + 1);
    if (jobClass === null) return;
    this.#quotas.add(jobClass.allowances, pool);
    this.#countUse(jobClass.group, pool);
  }

  /** A group that has a job for the pool uses it. */
  addWaiting({ pools, group }: JobClass): void {
    for (const pool of pools) this.#users.get(pool)?.set(group.name, group);
  }

  /** The first pool of the route with a place for the job, which is then taken. */
  place(job: QueuedJob, jobClass: JobClass): Placed {
    let first: WaitingReason | null = null;
    let wakeAt: number | null = null;
    for (const step of jobClass.route.kind === 'pools' ? jobClass.route.steps : []) {
      const obstacle = this.#obstacle(step, job, jobClass);
      if (obstacle === null) {
        this.#take(step.pool, jobClass);
        return { pool: step.pool };
      }
      first ??= obstacle.reason;
      wakeAt = earliest(wakeAt, obstacle.wakeAt ?? null);
    }
    return { reason: first ?? { code: 'not-decided' }, wakeAt };
  }

  #take(pool: PoolName, jobClass: JobClass): void {
    this.#occupied.set(pool, this.#count(pool) + 1);
    this.#quotas.add(jobClass.allowances, pool);
    this.#countUse(jobClass.group, pool);
  }

  #countUse(group: Group, pool: PoolName): void {
    this.shares.add(group, pool);
    this.#users.get(pool)?.set(group.name, group);
  }

  readonly #count = (pool: PoolName): number => this.#occupied.get(pool) ?? 0;

  #obstacle(
    { pool: name, afterMs }: RouteStep,
    job: QueuedJob,
    { allowances, group }: JobClass,
  ): Obstacle | null {
    const pool = this.#pools.get(name);
    if (pool === undefined) return { reason: { code: 'not-decided' } };
    // Without a delay GitHub's clock does not matter, which may be ahead of ours.
    if (afterMs > 0 && job.queuedAt + afterMs > this.#now) {
      const reason = { code: 'fallback-later', pool: name, afterSeconds: afterMs / 1000 } as const;
      return { reason, wakeAt: job.queuedAt + afterMs };
    }
    if (pool.paused !== null) {
      return { reason: { code: 'pool-paused', pool: name, note: pool.paused } };
    }
    const quota = this.#quotas.exceeded(allowances, name);
    if (quota !== null) {
      return { reason: { code: 'quota-reached', quota: quota.name, max: quota.max } };
    }
    const full = this.#fullness(pool, group) ?? resting(pool, this.#now);
    if (full === null) return null;
    this.contended.add(name);
    return full;
  }

  #fullness({ name, max }: PoolState, group: Group): Obstacle | null {
    const free = max - this.#count(name);
    if (free <= 0) return { reason: { code: 'pool-full', pool: name, max } };
    const reserved = reservedPlaces(max, this.#reservePercent);
    if (free > reserved) return null;
    const users = this.#users.get(name) ?? new Map<string, Group>();
    if (users.size === 0 || (users.size === 1 && users.has(group.name))) return null;
    if (this.shares.inPool(group, name) < shareOf(max, group, users)) return null;
    return { reason: { code: 'fair-share', pool: name, reserved } };
  }
}

const resting = ({ rest }: PoolState, now: number): Obstacle | null =>
  rest !== null && rest.until > now ? { reason: rest.reason, wakeAt: rest.until } : null;

function usersOf(
  { pools, recent }: ScheduleState,
  { shares }: SchedulePolicy,
): ReadonlyMap<PoolName, Map<string, Group>> {
  return new Map(
    pools.map(({ name }) => {
      const groups = (recent.get(name) ?? []).map((repository) => shares.groupOf(repository));
      return [name, new Map(groups.map((group) => [group.name, group]))];
    }),
  );
}

export const earliest = (one: number | null, other: number | null): number | null => {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
};
