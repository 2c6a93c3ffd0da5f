import type { ReportedJob } from './job-ledger.ts';

/** A run that has not ended, as GitHub lists it. */
export interface UnfinishedRun {
  readonly id: number;
  /** Changes whenever the run does: an unchanged one need not be looked into again. */
  readonly updatedAt: string;
}

/** A runner as GitHub has it registered. */
export interface RegisteredRunner {
  readonly githubId: number;
  readonly name: string;
  readonly online: boolean;
  readonly busy: boolean;
}

/** A webhook that GitHub could not deliver. */
export interface FailedDelivery {
  /** `X-GitHub-Delivery`, the same in every attempt. */
  readonly guid: string;
  readonly event: string;
  readonly deliveredAt: string;
  /** Asks GitHub to deliver it again. */
  redeliver(): Promise<void>;
}

/**
 * What GitHub knows, to be compared with what we know. Reads only, at background urgency, with entity
 * tags, so that what has not changed costs no budget. Throws `AppError`: `github-unreachable`,
 * `github-limited`, `github-refused`; all mean "look again later".
 */
export interface GitHubListing {
  /** Every repository that our credentials reach, as `owner/name`. */
  repositories(): Promise<readonly string[]>;
  /** Runs of a repository that are queued or in progress. */
  unfinishedRuns(repository: string): Promise<readonly UnfinishedRun[]>;
  /** Jobs of the latest attempt of a run. */
  jobsOf(repository: string, runId: number): Promise<readonly ReportedJob[]>;
  /** One job; null when GitHub does not know it (any longer). */
  job(repository: string, workflowJobId: number): Promise<ReportedJob | null>;
  runners(scope: string): Promise<readonly RegisteredRunner[]>;
  /** Deliveries to our webhook that failed since an instant (ISO 8601) and were not delivered later. */
  failedDeliveries(repository: string, since: string): Promise<readonly FailedDelivery[]>;
}
