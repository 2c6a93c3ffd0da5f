import type { JobId, PoolName } from '../domain/ids.ts';
import type { Handled } from '../ports/dispatch-queue.ts';
import type { QueuedRow } from '../ports/schedule-store.ts';
import { lookAtAll, lookAtOne, type OneLook, tell } from './dispatch-look.ts';
import { restPool } from './dispatch-orders.ts';
import { createRecentRepositories } from './dispatch-recent.ts';
import { createRunLookups } from './dispatch-runs.ts';
import type { DispatchDeps, DispatchNumbers, LastLook } from './dispatch-types.ts';
import { createPasses } from './passes.ts';
import type { RunnerOutcome } from './proxy-runner-types.ts';

export interface Dispatch {
  /** Looks at one job and does what it needs, if anything. Repeatable, and may run concurrently. */
  handle(job: JobId): Promise<Handled>;
  /** Looks at everything that is queued; resolves when that has been done. */
  lookAtAll(): Promise<void>;
  /** Looks at everything, then waits until time alone may have changed something. */
  turn(signal: AbortSignal): Promise<void>;
  /**
   * A runner of the pool has ended: its place goes to the job whose turn it is, at once or, after a
   * failure, when the pool has rested. Throws `AppError` of the database; the next turn then does it.
   */
  capacityFreed(pool: PoolName, outcome: RunnerOutcome): Promise<void>;
  /** What the last look at everything has found; null before the first. */
  lastLook(): LastLook | null;
}

/** A pass that takes longer is followed by a rest. */
const QUICK_MS = 100;
const DONE: Handled = { done: true };

/**
 * Starts runners for queued jobs. Decisions are made one at a time among all instances, each on the
 * runners that the one before has recorded; so no pool exceeds its `max` and no job has two runners
 * started for it. The queue only reminds: what waits is in the ledger, and every turn looks at all
 * of it.
 */
export function createDispatch(deps: DispatchDeps, numbers: DispatchNumbers): Dispatch {
  const { schedule, exclusion, clock } = deps;
  const recent = createRecentRepositories(deps, numbers);
  const lookups = createRunLookups(deps);
  let last: LastLook | null = null;
  let nap = new AbortController();

  const passes = createPasses(
    async () => {
      const repositories = await recent();
      last = await exclusion.run('dispatch', () => lookAtAll(deps, numbers, repositories));
      nap.abort();
    },
    clock,
    { quickMs: QUICK_MS },
  );
  const look = async (id: JobId): Promise<OneLook> => {
    const known = last;
    if (known === null) return 'look-at-all';
    if (known.waiting.has(id)) return 'settled';
    const context = { id, last: known, recent: await recent() };
    return exclusion.run('dispatch', () => lookAtOne(deps, numbers, context));
  };
  const withRun = async (row: QueuedRow): Promise<Handled | null> => {
    const problem = await lookups.lookUp(row);
    if (problem === null) return null;
    await tell(deps, [row], new Map([[row.job.id, { code: 'run-unknown', detail: problem }]]));
    const waitedMs = clock.now() - (row.waitingSince ?? clock.now());
    const { firstRetryMs, lastRetryMs } = numbers;
    return { retryInMs: Math.min(Math.max(waitedMs, firstRetryMs), lastRetryMs) };
  };
  const settle = async (id: JobId, seen: OneLook): Promise<Handled> => {
    if (seen === 'settled') return DONE;
    if (seen !== 'look-at-all')
      return (await withRun(seen.unknownRun)) ?? settle(id, await look(id));
    await passes.request();
    const [row] = (await schedule.one(id)).jobs;
    const isUnknown = deps.policy.needsRun && row?.job.fork === 'unknown';
    return isUnknown ? settle(id, { unknownRun: row }) : DONE;
  };

  return {
    handle: async (id) => settle(id, await look(id)),
    lookAtAll: () => passes.request(),
    turn: async (signal) => {
      await passes.request();
      const dueAt = () =>
        Math.min((last?.at ?? 0) + numbers.tickMs, last?.wakeAt ?? Number.POSITIVE_INFINITY);
      while (!signal.aborted && dueAt() > clock.now()) {
        nap = new AbortController();
        await clock.sleep(dueAt() - clock.now(), AbortSignal.any([nap.signal, signal]));
      }
    },
    capacityFreed: async (pool, outcome) => {
      if (outcome.end !== 'failed') await schedule.wakePool(pool);
      else if (outcome.reason !== null) await restPool(deps, numbers, pool, outcome.reason);
      await passes.request();
    },
    lastLook: () => last,
  };
}
