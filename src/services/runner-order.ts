import type { JobId, PoolName } from '../domain/ids.ts';

/** A runner to be started: what the scheduler decided, and when. */
export interface RunnerOrder {
  readonly pool: PoolName;
  /** `owner/name` for a repository runner, `owner` for an organisation runner. */
  readonly scope: string;
  /** What it registers with: the labels of the pool and of the job. */
  readonly labels: readonly string[];
  /** The job that the runner is made for; GitHub may give it another one. Null: kept ready. */
  readonly wantedBy: JobId | null;
  readonly decidedAt: string;
  /** The runner group that it joins; absent: the one of the configuration of GitHub. */
  readonly runnerGroupId?: number;
}
