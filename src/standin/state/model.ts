import type { JsonWebKey } from 'node:crypto';
import type { Value } from '../../actions/expressions.ts';
import type { Leg } from '../../actions/matrix.ts';
import type { Problem, Workflow, WorkflowJob } from '../../actions/workflow-model.ts';
import type { JobPlan, PlannedLeg } from '../../actions/workflow-plan.ts';
import type { NeedResult } from '../../actions/workflow-status.ts';

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
  /** Last run number of each workflow file. */
  readonly runNumbers: Map<string, number>;
  readonly workflowIds: Map<string, number>;
}

export interface Variable {
  readonly name: string;
  value: string;
  readonly createdAt: number;
  updatedAt: number;
}

export interface Session {
  readonly id: string;
  readonly ownerName: string;
  /** Null until the first poll. */
  status: 'Online' | 'Busy' | null;
  lastSeenAt: number;
}

/** A job shown to a runner, which has two minutes to take it (protocol C.1). */
interface Offer {
  readonly jobId: number;
  deliveredAt: number | null;
  acknowledged: boolean;
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

/** What `config.sh` and scale sets register with; the text is the key. */
export interface RegistrationToken {
  readonly text: string;
  readonly kind: 'registration' | 'remove';
  readonly scope: string;
  readonly expiresAt: number;
}

export type Conclusion = NeedResult | 'startup_failure';

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
}

export interface Job {
  /** Id in REST and webhooks, and check run id. */
  readonly id: number;
  /** The runner protocol's `jobId`. */
  readonly backendId: string;
  readonly run: Run;
  readonly group: JobGroup;
  readonly leg: PlannedLeg;
  readonly matrix: Leg | null;
  readonly createdAt: number;
  /** `pending` is held back by max-parallel and not yet visible. */
  status: 'pending' | 'queued' | 'in_progress' | 'completed';
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
  /** Its GITHUB_TOKEN, while it runs. */
  readonly githubToken: string;
  lockedUntil: number | null;
  cancellation: { readonly why: string; deliveredAt: number | null } | null;
  readonly steps: Map<string, JobStep>;
  lastChangeOrder: number;
  outputs: Readonly<Record<string, string>>;
  readonly annotations: Annotation[];
  /** Last lines of the live console. */
  readonly console: ConsoleBatch[];
}

interface ConsoleBatch {
  readonly stepId: string;
  readonly startLine: number;
  readonly lines: readonly string[];
}

/** One job of the workflow file, with what it became. */
export interface JobGroup {
  readonly definition: WorkflowJob;
  plan: JobPlan | null;
  jobs: Job[];
  result: NeedResult | null;
  outputs: Readonly<Record<string, string>>;
}

export interface Run {
  readonly id: number;
  readonly attempt: number;
  readonly number: number;
  readonly repository: Repository;
  readonly file: string;
  readonly workflowId: number;
  readonly name: string;
  readonly displayTitle: string;
  /** Null when the file has problems; the run has then failed to start. */
  readonly workflow: Workflow | null;
  readonly problems: readonly Problem[];
  readonly event: string;
  readonly payload: Readonly<Record<string, Value>>;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly ref: string;
  readonly sha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: string;
  /** The runner protocol's plan id, timeline id and run backend id. */
  readonly planId: string;
  readonly createdAt: number;
  updatedAt: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  cancelled: boolean;
  readonly groups: ReadonlyMap<string, JobGroup>;
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
  complete: boolean;
}

export interface Hook {
  readonly id: number;
  readonly scope: string;
  readonly url: string;
  readonly secret: string | null;
  readonly contentType: 'json' | 'form';
  readonly events: readonly string[];
  readonly createdAt: number;
  readonly deliveries: Delivery[];
}

export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly redelivery: boolean;
  readonly deliveredAt: number;
  readonly durationMs: number;
  /** 0 when there was no answer. */
  readonly statusCode: number;
  readonly status: string;
  readonly payload: string;
}

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
