import type { Variable } from './settings-model.ts';

/** Where jobs deploy to, with the rules that hold them back before they do. */
export interface Environment {
  readonly id: number;
  readonly name: string;
  readonly createdAt: number;
  updatedAt: number;
  /** Logins of people, or slugs of teams, one of whom has to agree; empty where nobody has to. */
  reviewers: readonly Reviewer[];
  preventSelfReview: boolean;
  /** Minutes that a job waits before it may deploy. */
  waitTimer: number;
  canAdminsBypass: boolean;
  /** Null where every branch and tag may deploy. */
  branchPolicy: BranchPolicy | null;
  /** By name in upper case. */
  readonly secrets: Map<string, string>;
  readonly variables: Map<string, Variable>;
}

export interface Reviewer {
  readonly type: 'User' | 'Team';
  readonly login: string;
}

/** Only branches that are protected, or those whose names the patterns match. */
export type BranchPolicy =
  | { readonly kind: 'protected' }
  | { readonly kind: 'custom'; readonly policies: readonly DeploymentPolicy[] };

interface DeploymentPolicy {
  readonly id: number;
  readonly name: string;
  readonly type: 'branch' | 'tag';
}

type DeploymentState =
  | 'waiting'
  | 'queued'
  | 'in_progress'
  | 'success'
  | 'failure'
  | 'error'
  | 'inactive';

export interface DeploymentStatus {
  readonly id: number;
  readonly state: DeploymentState;
  readonly createdAt: number;
  readonly environmentUrl: string;
}

/** That a job deploys a commit to an environment (deployments API). */
export interface Deployment {
  readonly id: number;
  readonly repositoryId: number;
  readonly ref: string;
  readonly sha: string;
  readonly environment: string;
  readonly jobId: number;
  readonly runId: number;
  readonly creator: string;
  readonly createdAt: number;
  updatedAt: number;
  /** Newest last. */
  readonly statuses: DeploymentStatus[];
}
