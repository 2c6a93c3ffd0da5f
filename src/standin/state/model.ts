import type { JsonWebKey } from 'node:crypto';
import type { ConcurrencyWish } from '../../actions/concurrency-queue.ts';
import type { Value } from '../../actions/expressions.ts';
import type { Leg } from '../../actions/matrix.ts';
import type { Problem, WorkflowJob } from '../../actions/workflow-model.ts';
import type { Permissions } from '../../actions/workflow-permissions.ts';
import type { JobPlan, PlannedLeg } from '../../actions/workflow-plan.ts';
import type { NeedResult } from '../../actions/workflow-status.ts';
import type { WorkflowTree } from '../../actions/workflow-tree.ts';
import type { Environment } from './environments.ts';
import type {
  Annotation,
  Claimant,
  Conclusion,
  ConsoleBatch,
  Gate,
  JobStep,
  PullReference,
  Review,
  StartupCheck,
} from './run-parts.ts';
import type { Offer, RunnerMail } from './runner-parts.ts';
import type { ActionsSettings, ScheduledWorkflow, Variable } from './settings-model.ts';

/**
 * What the stand-in remembers. Everything is changed in place by the scheduler and the routes, in one
 * process and between two awaits. It is plain data, cycles and all, that can be cloned and kept on disk:
 * no functions, keys or connections.
 */
export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly ownerId: number;
  readonly name: string;
  readonly createdAt: number;
  defaultBranch: string;
  triggerOnPush: boolean;
  /** Its archives need a credential, as at GitHub. */
  private: boolean;
  readonly secrets: Map<string, string>;
  readonly variables: Map<string, Variable>;
  /** By name in lower case. */
  readonly environments: Map<string, Environment>;
  readonly actions: ActionsSettings;
  /** The repository that it is a fork of. */
  readonly parent: Repository | null;
  /** Workflows that run by the clock, and when each is next due. */
  schedules: readonly ScheduledWorkflow[];
  protectedBranches: readonly string[];
  /** Last run number of each workflow file. */
  readonly runNumbers: Map<string, number>;
  readonly workflowIds: Map<string, number>;
  /** Files of workflows that nothing starts. */
  readonly disabledWorkflows: Set<string>;
}

export interface Session {
  readonly id: string;
  readonly ownerName: string;
  /** Null until the first poll. */
  status: 'Online' | 'Busy' | null;
  lastSeenAt: number;
}

export interface Runner {
  readonly id: number;
  /** `owner/name` of a repository, `owner` of an organisation, or `enterprises/slug`. */
  readonly scope: string;
  readonly name: string;
  groupId: number;
  labels: readonly string[];
  readonly clientId: string;
  publicKey: JsonWebKey;
  /** Takes one job and is then forgotten. */
  ephemeral: boolean;
  disableUpdate: boolean;
  /** As it says when it polls; null before. */
  os: string | null;
  version: string | null;
  /** The scale set that it belongs to; it takes no other jobs than those assigned to the set. */
  readonly scaleSetId: number | null;
  /** When it was registered, or its last session ended. */
  seenAt: number;
  /** Messages of the server's own that were not sent yet, oldest first (protocol B.3). */
  mail: readonly RunnerMail[];
  session: Session | null;
  offer: Offer | null;
  /** The job that it acquired and has not completed. */
  jobId: number | null;
}

/** Decides which repositories may use the runners in it (`runner-groups.ts`). */
export interface RunnerGroup {
  readonly id: number;
  /** `owner` of an organisation, or `enterprises/slug`. */
  readonly scope: string;
  name: string;
  /** Of an enterprise's group, `selected` means organisations. */
  visibility: 'all' | 'selected' | 'private';
  readonly selectedRepositoryIds: Set<number>;
  readonly selectedOrganizationIds: Set<number>;
  allowsPublicRepositories: boolean;
  restrictedToWorkflows: boolean;
  /** Each `owner/name/path@ref`. */
  selectedWorkflows: readonly string[];
  readonly isDefault: boolean;
  readonly createdAt: number;
}

export interface Job extends Claimant {
  readonly kind: 'job';
  /** Id in REST and webhooks, and check run id. */
  readonly id: number;
  /** The runner protocol's `jobId`. */
  readonly backendId: string;
  readonly run: Run;
  readonly group: JobGroup;
  readonly leg: PlannedLeg;
  readonly matrix: Leg | null;
  readonly createdAt: number;
  /**
   * `held` back by max-parallel and not yet visible, `pending` for its concurrency group, `waiting` for
   * its environment, and then as everybody knows.
   */
  status: 'held' | 'pending' | 'waiting' | 'queued' | 'in_progress' | 'completed';
  conclusion: NeedResult | null;
  queuedAt: number | null;
  startedAt: number | null;
  completedAt: number | null;
  runner: { readonly id: number; readonly name: string; readonly groupId: number } | null;
  /** The runner that has an offer for this job. */
  offeredTo: number | null;
  lastOfferedTo: number | null;
  /** The scale set that it is assigned to, whose runners alone may take it (protocol H.3). */
  scaleSetId: number | null;
  /** Its GITHUB_TOKEN, while it runs, and what it may do. */
  readonly githubToken: string;
  readonly permissions: Permissions;
  /** How its environment holds it, and the record of its deployment. */
  gate: Gate | null;
  deploymentId: number | null;
  environmentUrl: string | null;
  lockedUntil: number | null;
  cancellation: { readonly why: string; deliveredAt: number | null } | null;
  readonly steps: Map<string, JobStep>;
  lastChangeOrder: number;
  outputs: Readonly<Record<string, string>>;
  /** What the worker said when it completed the job; null before. */
  report: Readonly<Record<string, unknown>> | null;
  readonly annotations: Annotation[];
  /** Last lines of the live console. */
  readonly console: ConsoleBatch[];
}

/** One job of a workflow file, with what it became: jobs, or the workflows that it calls. */
export interface JobGroup {
  readonly definition: WorkflowJob;
  readonly scope: Scope;
  plan: JobPlan | null;
  jobs: Job[];
  calls: Scope[];
  result: NeedResult | null;
  outputs: Readonly<Record<string, string>>;
}

/** One workflow in the making: that of the run, or one that a job of another scope calls. */
export interface Scope extends Claimant {
  readonly kind: 'scope';
  readonly id: number;
  readonly run: Run;
  /** The job that calls it, as one leg of its matrix; null for the run's own workflow. */
  readonly caller: { readonly group: JobGroup; readonly leg: PlannedLeg } | null;
  readonly tree: WorkflowTree;
  readonly inputs: Readonly<Record<string, Value>>;
  /** The most that its jobs' tokens may do. */
  readonly permissions: Permissions;
  readonly groups: Map<string, JobGroup>;
  /** The concurrency groups of a call; of a run they are known when it begins. */
  readonly concurrency: readonly ConcurrencyWish[];
  status: 'held' | 'pending' | 'open' | 'closed';
  cancelled: boolean;
  result: NeedResult | null;
  outputs: Readonly<Record<string, string>>;
}

/** One attempt at a run; all attempts have the same id, and the newest is the one in the store. */
export interface Run {
  readonly id: number;
  readonly attempt: number;
  /** The attempt before this one. */
  readonly previous: Run | null;
  readonly number: number;
  readonly repository: Repository;
  /** Where its commits come from: another repository for a pull request from a fork. */
  readonly headRepository: Repository;
  readonly file: string;
  readonly workflowId: number;
  readonly name: string;
  displayTitle: string;
  /** Null when the file has problems; the run has then failed to start. */
  root: Scope | null;
  readonly problems: readonly Problem[];
  /** The check run that shows the problems of a run that failed to start. */
  startupCheck: StartupCheck | null;
  readonly event: string;
  readonly payload: Readonly<Record<string, Value>>;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly ref: string;
  readonly sha: string;
  readonly headRef: string;
  /** The commit that the run is shown at; another than `sha` for the merge of a pull request. */
  readonly headSha: string;
  readonly baseRef: string;
  readonly pull: PullReference | null;
  readonly actor: string;
  readonly triggeringActor: string;
  /** Whether somebody asked for debug logging when starting it again. */
  readonly debug: boolean;
  /** The runner protocol's plan id, timeline id and run backend id. */
  readonly planId: string;
  readonly createdAt: number;
  /** When this attempt began. */
  readonly startedAt: number;
  updatedAt: number;
  /** `pending` for its concurrency group, `waiting` while nothing goes on but for an environment. */
  status: 'pending' | 'queued' | 'in_progress' | 'waiting' | 'completed';
  conclusion: Conclusion | null;
  cancelled: boolean;
  /** What people said of deployments that waited, in all attempts. */
  readonly reviews: Review[];
  /** How many workflow_run events led to it. */
  readonly chain: number;
}

/** Files that a job keeps for later (protocol F.7). */
export interface Artifact {
  readonly id: number;
  readonly job: Job;
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  size: number;
  /** As the uploader says: `sha256:` and hex digits. */
  digest: string | null;
  /** False while it is being uploaded; nobody sees it then. */
  complete: boolean;
}

/** Files that later jobs of a repository may find by a key; never changed once complete. */
export interface CacheEntry {
  readonly id: number;
  readonly repository: Repository;
  /** The ref whose jobs, and those of refs that start from it, see the entry. */
  readonly ref: string;
  readonly key: string;
  readonly version: string;
  /** The job that made it. */
  readonly job: Job;
  readonly createdAt: number;
  /** When it was last found. */
  usedAt: number;
  /** Bytes, once it is complete. */
  size: number;
  complete: boolean;
}

/** Names that a repository or an owner may have. */
export const REPOSITORY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export const fullName = (repository: Repository): string =>
  `${repository.owner}/${repository.name}`;

/**
 * The refs whose caches a run sees, nearest first: its own, which alone it writes to, the base of
 * its pull request, and the default branch.
 */
export const cacheRefs = ({ ref, baseRef, repository }: Run): readonly string[] => [
  ...new Set([
    ref,
    ...(baseRef === '' ? [] : [`refs/heads/${baseRef}`]),
    `refs/heads/${repository.defaultBranch}`,
  ]),
];
