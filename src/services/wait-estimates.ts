import { poolName } from '../domain/ids.ts';
import { estimateWait } from '../domain/waiting-estimate.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobRecord } from '../ports/job-ledger.ts';
import type { PoolPace, ScheduleStore } from '../ports/schedule-store.ts';
import type { DispatchPool, LastLook } from './dispatch-types.ts';

export interface WaitEstimates {
  /** Milliseconds until the job's turn; null where there is no data or it waits for no pool. */
  of(job: JobRecord): Promise<number | null>;
}

interface WaitEstimatesDeps {
  readonly schedule: Pick<ScheduleStore, 'pace'>;
  readonly lastLook: () => LastLook | null;
  readonly pools: readonly DispatchPool[];
  readonly clock: Clock;
}

/** Jobs whose durations count. */
const NEWEST = 50;
const REMEMBERED_MS = 5_000;

/** Estimates from how long jobs of the same pool took lately; its place in line is the plan's. */
export function createWaitEstimates(deps: WaitEstimatesDeps): WaitEstimates {
  const { schedule, lastLook, pools, clock } = deps;
  const known = new Map<string, { readonly at: number; readonly pace: Promise<PoolPace> }>();
  const paceOf = (pool: string): Promise<PoolPace> => {
    const now = clock.now();
    const remembered = known.get(pool);
    if (remembered !== undefined && now - remembered.at < REMEMBERED_MS) return remembered.pace;
    const pace = schedule.pace(poolName(pool), NEWEST);
    known.set(pool, { at: now, pace });
    pace.catch(() => known.delete(pool));
    return pace;
  };
  return {
    of: async ({ id, waiting }) => {
      const ahead = lastLook()?.ahead.get(id);
      if (ahead === undefined || waiting?.code !== 'pool-full') return null;
      const pace = await paceOf(waiting.pool);
      const now = clock.now();
      const places = pools.find(({ name }) => name === waiting.pool)?.maxAt(now) ?? 0;
      return estimateWait({ ...pace, places, ahead }, now);
    },
  };
}
