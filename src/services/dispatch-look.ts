import type { JobId } from '../domain/ids.ts';
import { plan } from '../domain/schedule.ts';
import type { Plan, ScheduleState } from '../domain/schedule-types.ts';
import { isSameReason, type WaitingReason } from '../domain/waiting-reason.ts';
import type { QueuedRow } from '../ports/schedule-store.ts';
import { orderRunners } from './dispatch-orders.ts';
import { stateOf, stateOfOne } from './dispatch-state.ts';
import type { DispatchDeps, DispatchNumbers, LastLook } from './dispatch-types.ts';

/** Changes that are logged one by one; with more, only their number is. */
const LOGGED = 20;

/** Plans for everything that is queued and does it. The caller has the exclusion. */
export async function lookAtAll(
  deps: DispatchDeps,
  numbers: DispatchNumbers,
  recent: ScheduleState['recent'],
): Promise<LastLook> {
  const { schedule, policy, clock } = deps;
  const rows = await schedule.everything();
  const now = clock.now();
  const decided = plan(stateOf(deps, rows, recent), policy, now);
  const waits = await carryOut(deps, numbers, decided);
  await tell(deps, rows.jobs, waits);
  return {
    at: now,
    contended: new Set(decided.contended),
    waiting: new Set(decided.ahead.keys()),
    ahead: decided.ahead,
    wakeAt: decided.wakeAt,
  };
}

/** What became of a look at one job. */
export type OneLook =
  | 'settled'
  /** Others may come first or have to be counted: only a look at everything tells. */
  | 'look-at-all'
  /** Its run has to be looked up first. */
  | { readonly unknownRun: QueuedRow };

/**
 * The quick way for a job that has just come: where nobody waits for its pools and no runner is free
 * that might take it, the plan for it alone is the plan. Reads no other job. The caller has the
 * exclusion.
 */
export async function lookAtOne(
  deps: DispatchDeps,
  numbers: DispatchNumbers,
  context: {
    readonly id: JobId;
    readonly last: LastLook;
    readonly recent: ScheduleState['recent'];
  },
): Promise<OneLook> {
  const { schedule, policy, clock } = deps;
  const { id, last, recent } = context;
  const rows = await schedule.one(id);
  const [row] = rows.jobs;
  if (row === undefined) return 'settled';
  if (policy.needsRun && row.job.fork === 'unknown') return { unknownRun: row };
  const { state, isUnclear } = stateOfOne(deps, rows, recent);
  const decided = plan(state, policy, clock.now());
  if (isUnclear || decided.starts.some(({ pool }) => last.contended.has(pool))) {
    return 'look-at-all';
  }
  await tell(deps, rows.jobs, await carryOut(deps, numbers, decided));
  for (const pool of decided.contended) last.contended.add(pool);
  if (decided.ahead.has(id)) last.waiting.add(id);
  return 'settled';
}

/** Starts the runners; answers why each job waits, with what could not be started. */
async function carryOut(
  deps: DispatchDeps,
  numbers: DispatchNumbers,
  { starts, waits }: Plan,
): Promise<ReadonlyMap<JobId, WaitingReason>> {
  const failed = await orderRunners(deps, numbers, starts);
  return failed.size === 0 ? waits : new Map([...waits, ...failed]);
}

/** Saves the reasons that are new, and tells those who watch of jobs that wait for another cause. */
export async function tell(
  { schedule, live, log }: Pick<DispatchDeps, 'schedule' | 'live' | 'log'>,
  rows: readonly QueuedRow[],
  waits: ReadonlyMap<JobId, WaitingReason>,
): Promise<void> {
  const news = new Map<JobId, WaitingReason>();
  for (const { job, waiting } of rows) {
    const reason = waits.get(job.id);
    if (reason !== undefined && isNews(waiting, reason)) news.set(job.id, reason);
  }
  if (news.size === 0) return;
  const changed = await schedule.explain(news);
  for (const id of changed) live.publish({ kind: 'job', job: id });
  if (changed.length > LOGGED) {
    log.info('jobs wait', { jobs: changed.length });
    return;
  }
  for (const id of changed) log.info('job waits', { job: id, why: news.get(id)?.code });
}

/** The plan does not know why a run could not be looked up; who tried has said so. */
const isNews = (before: WaitingReason | null, after: WaitingReason): boolean =>
  !(after.code === 'run-unknown' && before?.code === after.code && after.detail === null) &&
  !isSameReason(before, after);
