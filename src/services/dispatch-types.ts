import type { JobId, PoolName } from '../domain/ids.ts';
import type { SchedulePolicy } from '../domain/schedule-types.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exclusion } from '../ports/exclusion.ts';
import type { GitHub } from '../ports/github.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { ScheduleStore } from '../ports/schedule-store.ts';
import type { RunnerOrder } from './runner-order.ts';

/** A pool's place in the fleet: what the policy does not say. */
export interface DispatchPool {
  readonly name: PoolName;
  /** Most runners at once, whatever their state; it may change with the hour. */
  readonly maxAt: (now: number) => number;
  /** Where the configuration names one: the runner group that runners join. */
  readonly runnerGroupId?: number | undefined;
}

export interface DispatchDeps {
  readonly schedule: ScheduleStore;
  readonly exclusion: Exclusion;
  readonly github: Pick<GitHub, 'getRun'>;
  readonly live: Pick<LiveEvents, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: SchedulePolicy;
  readonly pools: readonly DispatchPool[];
  /** Names of the Docker hosts, for people. */
  readonly hosts: string;
  /** Where runners for the jobs of a repository are registered: itself, or its owner. */
  readonly scopeOf: (repository: string) => string;
  /**
   * Starts a runner; resolves as soon as the runner store has it. Throws `AppError`. A runner that
   * fails later is its starter's to settle and to explain; it then calls `capacityFreed`.
   */
  readonly startRunner: (order: RunnerOrder) => Promise<unknown>;
}

export interface DispatchNumbers {
  /** Rest of a pool after a failure, doubled with each further one. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Most time between two looks at everything. */
  readonly tickMs: number;
  /** A repository that has had a job in a pool within this time counts as one that uses it. */
  readonly recentMs: number;
}

/** What the last look at everything has found; shown, and used to decide single jobs quickly. */
export interface LastLook {
  readonly at: number;
  /** Pools that jobs wait for; looks at single jobs since then add to it. */
  readonly contended: Set<PoolName>;
  /** Jobs that wait for room, which only a look at everything may give; added to alike. */
  readonly waiting: Set<JobId>;
  /** How many jobs have their turn in the same pool before a job that waits for room. */
  readonly ahead: ReadonlyMap<JobId, number>;
  /** When time alone changes something. */
  readonly wakeAt: number | null;
}
