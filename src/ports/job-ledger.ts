import type { ContainerUsage } from '../domain/container-usage.ts';
import type { EgressNote } from '../domain/egress.ts';
import type {
  ContainerId,
  DeliveryId,
  HostName,
  JobId,
  PoolName,
  RunnerId,
} from '../domain/ids.ts';
import type { JobEvent, JobReport, JobStatus, Refused } from '../domain/job-lifecycle.ts';
import type { JobTimestamps } from '../domain/timestamps.ts';
import type { WaitingReason } from '../domain/waiting-reason.ts';

/** What GitHub told us about a job that never changes afterwards. */
export interface JobIdentity {
  readonly id: JobId;
  /** `owner/name`. */
  readonly repository: string;
  readonly runId: number;
  readonly runAttempt: number;
  readonly workflow: string;
  readonly name: string;
  /** The literal `runs-on` list, case kept. */
  readonly labels: readonly string[];
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly htmlUrl: string | null;
}

/** Where a job ran or runs. */
export interface JobPlacement {
  readonly runner: RunnerId | null;
  readonly pool: PoolName | null;
  readonly host: HostName | null;
  readonly container: ContainerId | null;
}

export interface JobRecord extends JobIdentity, JobPlacement, JobStatus {
  readonly timestamps: JobTimestamps;
  readonly completedAt: string | null;
  /** A sentence for people where the failure is not the job's own. */
  readonly failureDetail: string | null;
  /** Since when it has waited for a reason of the same code; null while it does not wait. */
  readonly waitingSince: string | null;
  /** What somebody gave it instead of what the rules say. */
  readonly priority: number | null;
  /** Why somebody holds it back; null while nobody does. */
  readonly hold: string | null;
  /** Null until the job has ended, and where it is not known. */
  readonly usage: ContainerUsage | null;
  /** What the proxy of a limited network noted; null where there was none. */
  readonly egress: readonly EgressNote[] | null;
  /** Rises with every saved change. */
  readonly revision: number;
}

/** A step as the ledger keeps it; its lines are in the log store. */
export interface StepRow {
  readonly number: number;
  readonly name: string;
  /** `null` while it runs. */
  readonly conclusion: string | null;
  readonly outcome: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

export interface Delivery {
  readonly id: DeliveryId;
  readonly event: string;
  readonly receivedAt: string;
  /** The raw body, kept for replay. */
  readonly payload: string;
}

/** GitHub's word about one job, from a webhook or from REST. */
export interface ReportedJob {
  readonly identity: JobIdentity;
  readonly report: JobReport;
  readonly queuedAt: string | null;
  /** GitHub's `completed_at`; the instant of receipt counts where it is missing. */
  readonly completedAt: string | null;
}

export interface JobChanges {
  readonly placement?: Partial<JobPlacement>;
  readonly timestamps?: Partial<JobTimestamps>;
  readonly failureDetail?: string;
  readonly usage?: ContainerUsage;
  readonly egress?: readonly EgressNote[];
  readonly completedAt?: string;
}

export interface JobFilter {
  readonly states?: readonly JobStatus['state'][];
  readonly repository?: string;
  readonly runId?: number;
  /** At most this many rows, newest first; 1 to 1000. */
  readonly limit: number;
}

/**
 * The ledger: every job ever seen, in PostgreSQL. The truth.
 *
 * Every method is one transaction and may be called concurrently from several instances. A change
 * of state goes through `domain/job-lifecycle`; a lost race is retried inside, so a caller sees only
 * the outcome. All methods throw `AppError('database-down')` when the database cannot be reached.
 */
export interface JobLedger {
  /**
   * Stores a delivery, merges its job and puts the job into the outbox, in one transaction.
   * A delivery id that was seen before changes nothing and answers `duplicate`.
   */
  recordDelivery(delivery: Delivery, job: ReportedJob | null): Promise<'stored' | 'duplicate'>;
  /**
   * Merges what GitHub says of a job when it is asked, and puts the job into the outbox if that
   * changed anything; says whether it did.
   */
  recordReport(job: ReportedJob, askedAt: string): Promise<boolean>;
  /** Those of the delivery ids that were never taken in. */
  missingDeliveries(ids: readonly DeliveryId[]): Promise<readonly DeliveryId[]>;
  get(id: JobId): Promise<JobRecord | null>;
  /** Those of the jobs that the ledger knows. */
  known(ids: readonly JobId[]): Promise<readonly JobRecord[]>;
  list(filter: JobFilter): Promise<readonly JobRecord[]>;
  /** Applies one event and the changes that go with it; unknown ids are refused. */
  apply(id: JobId, event: JobEvent, changes?: JobChanges): Promise<JobRecord | Refused>;
  /** Saves facts that are no change of state. */
  note(id: JobId, changes: JobChanges): Promise<void>;
  /** Says why a queued job waits; a job in another state is left alone. */
  setWaiting(id: JobId, reason: WaitingReason): Promise<void>;
  saveStep(id: JobId, step: StepRow): Promise<void>;
  steps(id: JobId): Promise<readonly StepRow[]>;
  saveOutputs(id: JobId, outputs: Readonly<Record<string, string>>): Promise<void>;
  outputs(id: JobId): Promise<Readonly<Record<string, string>>>;
}

/**
 * The outbox: jobs whose change has been committed but not yet handed to the queue.
 *
 * `relay` takes up to `limit` entries under a row lock, calls `send` with their job ids and removes
 * them only when it resolves; a crash in between sends them again, so receivers must be idempotent.
 * Answers how many were sent. `wait` resolves when something may have been added, or after `ms`.
 */
export interface Outbox {
  relay(limit: number, send: (jobs: readonly JobId[]) => Promise<void>): Promise<number>;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  depth(): Promise<number>;
}
