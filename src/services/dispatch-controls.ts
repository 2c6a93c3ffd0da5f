import { AppError } from '../domain/errors.ts';
import type { JobId, PoolName } from '../domain/ids.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { ScheduleStore } from '../ports/schedule-store.ts';
import type { Dispatch } from './dispatch.ts';

/**
 * What people may decide about jobs and pools. Each takes effect before it resolves, on every hub, and
 * may be repeated. Throws `AppError`: `not-found` for what is not there or no longer queued,
 * `database-down`.
 */
export interface DispatchControls {
  /**
   * Keeps a queued job from having a runner started for it. GitHub may still give it to a runner
   * that is idle or was started for another job with the same labels.
   */
  hold(job: JobId, note: string): Promise<void>;
  release(job: JobId): Promise<void>;
  /** Instead of what the rules say; null: as the rules say. */
  prioritise(job: JobId, priority: number | null): Promise<void>;
  /** Starts no more runners in the pool; those that are there go on. */
  pause(pool: PoolName, note: string): Promise<void>;
  resume(pool: PoolName): Promise<void>;
}

interface ControlsDeps {
  readonly schedule: Pick<ScheduleStore, 'setHold' | 'setPriority' | 'setPaused'>;
  readonly dispatch: Pick<Dispatch, 'lookAtAll'>;
  readonly live: Pick<LiveEvents, 'publish'>;
  readonly log: Log;
  readonly pools: readonly { readonly name: PoolName }[];
}

export function createDispatchControls(deps: ControlsDeps): DispatchControls {
  const { schedule, dispatch, live, log, pools } = deps;

  const ofJob = async (job: JobId, what: string, change: Promise<boolean>): Promise<void> => {
    if (!(await change)) throw new AppError('not-found', `There is no queued job ${job}.`);
    log.info('job steered', { job, what });
    await dispatch.lookAtAll();
    live.publish({ kind: 'job', job });
  };
  const ofPool = async (pool: PoolName, note: string | null): Promise<void> => {
    if (!pools.some(({ name }) => name === pool)) {
      throw new AppError('not-found', `There is no pool ${pool}.`);
    }
    await schedule.setPaused(pool, note);
    log.info('pool steered', { pool, what: note === null ? 'resumed' : 'paused' });
    await dispatch.lookAtAll();
  };
  return {
    hold: (job, note) => ofJob(job, 'held', schedule.setHold(job, note)),
    release: (job) => ofJob(job, 'released', schedule.setHold(job, null)),
    prioritise: (job, priority) => ofJob(job, 'prioritised', schedule.setPriority(job, priority)),
    pause: (pool, note) => ofPool(pool, note),
    resume: (pool) => ofPool(pool, null),
  };
}
