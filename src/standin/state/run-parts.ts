import type { ConcurrencyWish } from '../../actions/concurrency-queue.ts';
import type { NeedResult } from '../../actions/workflow-status.ts';

export type Conclusion = NeedResult | 'startup_failure' | 'action_required';

export interface JobStep {
  readonly id: string;
  number: number;
  name: string;
  status: 'pending' | 'in_progress' | 'completed';
  conclusion: string | null;
  startedAt: string | null;
  completedAt: string | null;
}

export interface Annotation {
  readonly level: string;
  readonly message: string;
  readonly title: string | null;
  readonly path: string | null;
  readonly startLine: number | null;
  readonly endLine: number | null;
  readonly startColumn?: number | null;
  readonly endColumn?: number | null;
}

/** A job or a called workflow in a concurrency group: what it wants still, and what it holds. */
export interface Claimant {
  readonly wishes: ConcurrencyWish[];
  /** Keys of `store.concurrency`. */
  readonly claims: string[];
}

/** What has still to happen before a job may enter its environment. */
export interface Gate {
  readonly environment: string;
  needsApproval: boolean;
  /** Null when its wait timer is over, or there is none. */
  waitsUntil: number | null;
}

export interface ConsoleBatch {
  readonly stepId: string;
  readonly startLine: number;
  readonly lines: readonly string[];
}

export interface StartupCheck {
  readonly id: number;
  readonly annotations: readonly Annotation[];
}

/** The pull request that a run is for, as it was then. */
export interface PullReference {
  readonly id: number;
  readonly number: number;
  readonly headSha: string;
  readonly baseRef: string;
  readonly baseSha: string;
}

/** What somebody said of deployments that waited. */
export interface Review {
  readonly environments: readonly string[];
  readonly state: 'approved' | 'rejected';
  readonly comment: string;
  readonly user: string;
  readonly at: number;
}
