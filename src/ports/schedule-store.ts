import type { RunFacts } from '../domain/fork-origin.ts';
import type { JobId, PoolName } from '../domain/ids.ts';
import type { LiveRunner, PoolState, QueuedJob } from '../domain/schedule-types.ts';
import type { WaitingReason } from '../domain/waiting-reason.ts';

/** A queued job as the ledger has it. */
export interface QueuedRow {
  readonly job: Omit<QueuedJob, 'scope'>;
  readonly runId: number;
  readonly waiting: WaitingReason | null;
  /** Milliseconds since 1970. */
  readonly waitingSince: number | null;
}

/** A runner that has not ended, and the jobs it is about. */
export interface RunnerRow {
  readonly runner: LiveRunner;
  /** The job that it runs. */
  readonly runs: JobId | null;
  /** The job that it was started for, as long as that is queued. */
  readonly wantedBy: JobId | null;
}

export interface PoolStateRow extends Omit<PoolState, 'max'> {
  /** Runners in a row that could not be made or kept. */
  readonly failures: number;
}

/** What the plan of a tick is made from. */
export interface ScheduleRows {
  readonly jobs: readonly QueuedRow[];
  readonly runners: readonly RunnerRow[];
  /** Pools that people or failures have decided something about; others are absent. */
  readonly pools: readonly PoolStateRow[];
}

/** How long jobs of a pool took lately, and since when those there run; in milliseconds. */
export interface PoolPace {
  readonly durationsMs: readonly number[];
  readonly runningSince: readonly number[];
}

/**
 * What the scheduler reads and writes, in PostgreSQL; same guarantees as the ledger. Queued jobs are
 * those that GitHub reports as queued and does not hold itself.
 */
export interface ScheduleStore {
  /** Everything, jobs oldest first. Costs as much as there are jobs queued. */
  everything(): Promise<ScheduleRows>;
  /** The same with one job only; none when it is not queued. Costs as much as there are runners. */
  one(job: JobId): Promise<ScheduleRows>;
  /** Which repositories have had jobs in which pool since the instant. */
  recentRepositories(since: number): Promise<ReadonlyMap<PoolName, readonly string[]>>;
  /**
   * Says why jobs wait. Jobs that are no longer queued and reasons that are known already change
   * nothing; the instant since when is kept as long as the code stays. Answers the jobs whose code is
   * a new one.
   */
  explain(reasons: ReadonlyMap<JobId, WaitingReason>): Promise<readonly JobId[]>;
  saveRun(repository: string, runId: number, facts: RunFacts): Promise<void>;
  /** Null: nobody holds it any more. False when there is no such queued job. */
  setHold(job: JobId, note: string | null): Promise<boolean>;
  /** Null: as the rules say. False when there is no such queued job. */
  setPriority(job: JobId, priority: number | null): Promise<boolean>;
  /** Null: it starts runners again. */
  setPaused(pool: PoolName, note: string | null): Promise<void>;
  /**
   * A runner of the pool failed: it starts no other for a while, twice as long after each failure in
   * a row, from `firstMs` to `lastMs`. Answers until when.
   */
  restPool(
    pool: PoolName,
    reason: WaitingReason,
    rest: { readonly now: number; readonly firstMs: number; readonly lastMs: number },
  ): Promise<number>;
  /** A runner of the pool worked: its failures are forgotten. */
  wakePool(pool: PoolName): Promise<void>;
  /** What estimates are made of: the newest `most` completed jobs of the pool, and the running ones. */
  pace(pool: PoolName, most: number): Promise<PoolPace>;
}
