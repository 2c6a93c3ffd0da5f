import type { JobId, PoolName } from '../domain/ids.ts';
import type { Start } from '../domain/schedule-types.ts';
import type { WaitingReason } from '../domain/waiting-reason.ts';
import { isoNow } from '../ports/clock.ts';
import type { DispatchDeps, DispatchNumbers } from './dispatch-types.ts';
import { reasonOfFailure } from './failure-reason.ts';

/**
 * Orders the runners of a plan, in its order. Where one cannot be started, its pool rests, and the
 * further starts there wait for the same reason. Answers the reasons that differ from the plan's.
 * Throws what no waiting mends: the queue then tries again.
 */
export async function orderRunners(
  deps: DispatchDeps,
  numbers: DispatchNumbers,
  starts: readonly Start[],
): Promise<ReadonlyMap<JobId, WaitingReason>> {
  const failed = new Map<PoolName, WaitingReason>();
  const reasons = new Map<JobId, WaitingReason>();
  for (const start of starts) {
    const reason = failed.get(start.pool) ?? (await orderRunner(deps, start));
    if (reason === null) continue;
    reasons.set(start.job, reason);
    if (failed.has(start.pool)) continue;
    failed.set(start.pool, reason);
    await restPool(deps, numbers, start.pool, reason);
  }
  return reasons;
}

async function orderRunner(deps: DispatchDeps, start: Start): Promise<WaitingReason | null> {
  const { clock, log, pools } = deps;
  const { pool, scope, labels, job: wantedBy } = start;
  const found = pools.find(({ name }) => name === pool);
  const group = found?.runnerGroupId;
  const order = {
    ...{ pool, scope, labels, wantedBy, decidedAt: isoNow(clock) },
    ...(group === undefined ? {} : { runnerGroupId: group }),
  };
  try {
    await deps.startRunner(order);
    log.info('runner ordered', { ...order });
    return null;
  } catch (error) {
    const max = found?.maxAt(clock.now()) ?? 0;
    const reason = reasonOfFailure(error, { pool, host: deps.hosts, max });
    if (reason === null) throw error;
    return reason;
  }
}

/** Keeps a pool whose runners fail (no Docker, no GitHub) from making one after the other. */
export async function restPool(
  { schedule, clock, log }: DispatchDeps,
  { firstRetryMs, lastRetryMs }: DispatchNumbers,
  pool: PoolName,
  reason: WaitingReason,
): Promise<void> {
  if (reason.code === 'draining') return;
  const rest = { now: clock.now(), firstMs: firstRetryMs, lastMs: lastRetryMs };
  const until = await schedule.restPool(pool, reason, rest);
  log.info('pool rests', { pool, why: reason.code, forMs: until - rest.now });
}
