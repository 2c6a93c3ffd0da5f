import type { JobId } from '../domain/ids.ts';
import type { JobState } from '../domain/job-lifecycle.ts';

/** The ledger seen from far away: what the reconciler and the metrics ask for. */
export interface JobBoard {
  /** Queued jobs that GitHub does not hold itself, oldest first; at most `limit`. */
  queued(limit: number): Promise<readonly JobId[]>;
  /** Repositories with a job that was recorded since, or that has not ended; latest first. */
  activeRepositories(since: string, limit: number): Promise<readonly string[]>;
  /** How many jobs a webhook told us of since an instant (ISO 8601). */
  heardSince(since: string): Promise<number>;
  /** How many jobs of each state the ledger holds; states without a job are absent. */
  countByState(): Promise<Partial<Record<JobState, number>>>;
}
