import type { JobConclusion } from './conclusion.ts';
import type { WaitingReason } from './waiting-reason.ts';

/**
 * The life of a job in the ledger.
 *
 * `queued`    GitHub waits for a runner. `waiting` (on the job) says why we have not started one.
 * `assigned`  One of our runners acquired the job at the run service; we must now complete it.
 * `preparing` The container is being set up for it.
 * `running`   Its first step has begun.
 * `completed` Terminal. Nothing leaves it, whatever arrives later.
 *
 * GitHub's own reports (webhook, REST) move a job too: they are merged monotonically by
 * {@link mergeReport}, so that lost, doubled and reordered deliveries end in the same state.
 * After a restart, a job owned by a dead instance is `lost`: before its first step it is queued
 * again, after it the job ends as an infrastructure failure (design 4).
 */
export type JobState = 'queued' | 'assigned' | 'preparing' | 'running' | 'completed';

/** Why a completed job failed, when its own steps are not the cause. */
export type FailureKind = 'infrastructure' | 'shutdown' | 'lease-lost' | 'limit';

export type JobEvent =
  | { readonly kind: 'acquired' }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'first-step' }
  | {
      readonly kind: 'completed';
      readonly conclusion: JobConclusion;
      readonly failure?: FailureKind;
    }
  | { readonly kind: 'owner-lost' };

export interface JobStatus {
  readonly state: JobState;
  readonly conclusion: JobConclusion | null;
  readonly failure: FailureKind | null;
  readonly waiting: WaitingReason | null;
}

export interface Refused {
  readonly refused: string;
}

const RANK: Record<JobState, number> = {
  queued: 0,
  assigned: 1,
  preparing: 2,
  running: 3,
  completed: 4,
};

/** Which event may move which state. An empty cell means the event is refused there. */
const TABLE: Record<JobState, Partial<Record<JobEvent['kind'], JobState>>> = {
  queued: { acquired: 'assigned', completed: 'completed' },
  assigned: {
    prepared: 'preparing',
    'first-step': 'running',
    completed: 'completed',
    'owner-lost': 'queued',
  },
  preparing: { 'first-step': 'running', completed: 'completed', 'owner-lost': 'queued' },
  // GitHub's `in_progress` may reach us before our own runner says that it acquired the job; its
  // word is the more exact one.
  running: { acquired: 'assigned', completed: 'completed', 'owner-lost': 'completed' },
  completed: {},
};

/** The next status, or why the event cannot apply. Pure: the caller saves it with a revision check. */
export function transition(status: JobStatus, event: JobEvent): JobStatus | Refused {
  const next = TABLE[status.state][event.kind];
  if (next === undefined) return { refused: `a ${status.state} job cannot be ${event.kind}` };
  if (event.kind === 'completed') {
    return {
      state: next,
      conclusion: event.conclusion,
      failure: event.failure ?? null,
      waiting: null,
    };
  }
  if (event.kind === 'owner-lost' && next === 'completed') {
    return { state: next, conclusion: 'failure', failure: 'infrastructure', waiting: null };
  }
  return { ...status, state: next, waiting: null };
}

export const isRefused = (result: JobStatus | Refused): result is Refused => 'refused' in result;

/** What GitHub says about a job (protocol I.1); `waiting` means held by GitHub, not runnable. */
export interface JobReport {
  readonly status: 'waiting' | 'queued' | 'in_progress' | 'completed';
  readonly conclusion: JobConclusion | null;
}

const REPORTED: Record<JobReport['status'], JobState> = {
  waiting: 'queued',
  queued: 'queued',
  in_progress: 'running',
  completed: 'completed',
};

/**
 * The status of a job that was unknown so far. One that GitHub holds waits for that reason; the
 * scheduler leaves it alone until GitHub reports it as queued.
 */
export function statusOfReport(report: JobReport): JobStatus {
  const code = report.status === 'waiting' ? 'held-by-github' : 'not-decided';
  return mergeReport(
    { state: 'queued', conclusion: null, failure: null, waiting: { code } },
    report,
  );
}

/**
 * Merges GitHub's report into what we hold: the higher state wins, so the order of deliveries does
 * not matter (protocol I.2: waiting < queued < in_progress < completed). `in_progress` for a job
 * that we run ourselves adds nothing. Answers the same object when nothing changes.
 */
export function mergeReport(status: JobStatus, report: JobReport): JobStatus {
  const reported = REPORTED[report.status];
  if (report.status === 'queued' && isHeld(status)) {
    return { ...status, waiting: { code: 'not-decided' } };
  }
  if (RANK[reported] <= RANK[status.state]) return status;
  if (reported === 'completed') {
    return {
      ...status,
      state: 'completed',
      conclusion: report.conclusion ?? 'failure',
      waiting: null,
    };
  }
  return status.state === 'queued' ? { ...status, state: reported, waiting: null } : status;
}

/** Whether GitHub itself holds the job back, so that no runner could get it. */
export const isHeld = (status: JobStatus): boolean =>
  status.state === 'queued' && status.waiting?.code === 'held-by-github';
