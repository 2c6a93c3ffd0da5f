import type {
  CompleteJobRequest,
  JobMessage,
  JobRequestBody,
  WireStepUpdate,
} from '../contract/runner-protocol.ts';
import type { ActionSource } from './action-source.ts';

/** A message of the broker that the runner acts on (protocol B.3); others are skipped by the adapter. */
export type RunnerMessage =
  | { readonly kind: 'job'; readonly request: JobRequestBody }
  | { readonly kind: 'cancel'; readonly jobId: string; readonly timeoutMs: number }
  | { readonly kind: 'shutdown'; readonly reason: string };

/**
 * One runner's session at the broker (protocol B). Opened from a JIT configuration; token refresh,
 * retries and back-off are inside. Throws `AppError`: `runner-gone` when GitHub no longer knows the
 * runner, `github-unreachable` when the retries of protocol B.2 are used up, `cancelled` on abort.
 */
export interface RunnerSession {
  /**
   * The next message, by long poll. Call it again at once. Changing `status` between calls is how the
   * broker learns that the runner is busy. A repeated cancellation is delivered once (protocol J.25).
   */
  next(status: 'Online' | 'Busy', signal: AbortSignal): Promise<RunnerMessage>;
  /** Acknowledge, then acquirejob (protocol B.3, C.1). `null` when the job is no longer ours to take. */
  acquire(request: JobRequestBody, signal: AbortSignal): Promise<AcquiredJob | null>;
  /** DELETE session. Never throws; a dead session is closed already. */
  close(): Promise<void>;
}

/**
 * An acquired job. It must be completed, whatever happens (protocol C.1), with the job's own token.
 */
export interface AcquiredJob {
  readonly message: JobMessage;
  /** The run service URL of the job's SystemVssConnection endpoint. */
  readonly runServiceUrl: string;
  /** The job's access token. Never log it. */
  readonly token: string;
  /** Renews the lease once (protocol C.2): the instant until which it holds. `job-gone` on 404. */
  renew(signal: AbortSignal): Promise<string>;
  /** completejob (protocol C.3), with its retries. `job-gone` when the server no longer knows it. */
  complete(result: CompleteJobRequest): Promise<void>;
  /** The results service for this job (protocol E). */
  readonly results: ResultsService;
  /** The actions that this job may use (protocol F.1), with its own token. */
  readonly actions: ActionSource;
}

/** Where logs, summaries and step states go (protocol E). Retries are inside; a final failure throws. */
export interface ResultsService {
  /** WorkflowStepsUpdate; `change_order` is kept by the adapter. */
  updateSteps(steps: readonly WireStepUpdate[]): Promise<void>;
  /**
   * A log that is written block by block; `stepId` null is the job log (protocol E.3). Null where
   * nobody takes logs.
   */
  openLog(stepId: string | null): ResultsLog | null;
  uploadSummary(stepId: string, markdown: Uint8Array): Promise<void>;
  /** Live console (protocol E.4): best effort, never throws, drops when the socket is behind. */
  feed(stepId: string, startLine: number, lines: Iterable<string>): void;
  /** Closes the live console. */
  close(): Promise<void>;
}

export interface ResultsLog {
  /** Adds complete lines (with their line ends); resolves when more may be given. */
  append(text: string | Uint8Array, lines: number): Promise<void>;
  /** Uploads the rest and the metadata. Once. */
  finish(): Promise<void>;
}

export interface RunnerProtocol {
  /**
   * Opens a session for a JIT configuration, `runnerVersion` as announced to GitHub.
   * `ownerName` appears at GitHub as the session's owner.
   */
  openSession(
    encodedJitConfig: string,
    ownerName: string,
    signal: AbortSignal,
  ): Promise<RunnerSession>;
  /** Completes a job acquired by a process that died (see `CompletionTicket`). */
  completeOrphan(runServiceUrl: string, token: string, result: CompleteJobRequest): Promise<void>;
}
