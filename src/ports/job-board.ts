import type { JobId } from '../domain/ids.ts';
import type { JobState } from '../domain/job-lifecycle.ts';

/** How many runnable jobs want the same thing. Jobs that GitHub holds are not counted. */
export interface QueuedDemand {
  /** `owner/name`. */
  readonly repository: string;
  readonly labels: readonly string[];
  readonly jobs: number;
}

/** The ledger seen from far away: what the scheduler, the reconciler and the metrics ask for. */
export interface JobBoard {
  /** Runnable queued jobs by repository and labels. */
  demand(): Promise<readonly QueuedDemand[]>;
  /**
   * Runnable queued jobs, oldest first; at most `limit`. With `offered`, only those whose labels are
   * all among these, compared without regard to case.
   */
  queued(limit: number, offered?: readonly string[]): Promise<readonly JobId[]>;
  /** Repositories with a job that was recorded since, or that has not ended; latest first. */
  activeRepositories(since: string, limit: number): Promise<readonly string[]>;
  /** How many jobs a webhook told us of since an instant (ISO 8601). */
  heardSince(since: string): Promise<number>;
  /** How many jobs of each state the ledger holds; states without a job are absent. */
  countByState(): Promise<Partial<Record<JobState, number>>>;
}
