import type { ContainerWish } from '../actions/container-wish.ts';
import type { Value } from '../actions/expressions.ts';
import type { MatcherConfig } from '../actions/problem-matcher.ts';
import type { SecretMasker } from '../actions/secret-masker.ts';
import type { JobStatus } from '../actions/step-condition.ts';
import type { JobMessage } from '../contract/runner-protocol.ts';
import type { Annotation } from '../domain/annotation.ts';
import type { JobExecution, JobResult } from '../ports/job-executor.ts';
import type { FinishedStep } from '../ports/job-reporter.ts';
import type { StepHost } from '../ports/step-host.ts';
import type { PostQueue } from './post-queue.ts';

/** What the message switches on or off (protocol D.6). */
export interface JobFlags {
  /** `ACTIONS_STEP_DEBUG`: debug lines are written and commands echoed. */
  readonly debug: boolean;
  readonly enhancedAnnotations: boolean;
  readonly deprecateOutputCommands: boolean;
}

/** Folders of the job inside the host (protocol G.5, G.13). */
export interface JobPlaces {
  readonly workspace: string;
  /** Parent of the workspace, `runner.workspace`. */
  readonly pipeline: string;
  readonly fileCommands: string;
  readonly eventFile: string;
}

/** `container:` and `services:` of a job, evaluated. */
export interface JobWishes {
  readonly container: ContainerWish | null;
  readonly services: ReadonlyMap<string, ContainerWish>;
}

/** An entry of the `steps` context. */
export interface StepEntry {
  readonly outputs: Record<string, string>;
  outcome?: string;
  conclusion?: string;
}

/**
 * What the expressions of a step see: those of the job, or those inside one composite action, which
 * has `inputs` and `steps` of its own (protocol F.6).
 */
export interface Scope {
  readonly job: JobState;
  /** The `github` context; each step changes members. */
  readonly github: Record<string, Value>;
  /** The `steps` context by context name. */
  readonly steps: Map<string, StepEntry>;
  /** The `inputs` context. */
  readonly inputs: Value;
  /** Inside the main stage of a composite action: how its steps fared so far. */
  readonly status?: JobStatus;
}

/**
 * Everything that is true of a job while its steps run. Only the executor's own phases change it,
 * one after the other; each member says when.
 */
export interface JobState {
  readonly message: JobMessage;
  readonly execution: JobExecution;
  readonly masker: SecretMasker;
  readonly flags: JobFlags;
  places: JobPlaces;
  /** Where steps run: the job's own container, or the one that `container:` asks for while it is up. */
  host: StepHost;
  /** What the job wants beside its own container. */
  wishes: JobWishes;
  /** Images that Docker actions run, by what they were made of. */
  readonly images: Map<string, string>;
  /** The `job` context as the runner adds to it. */
  readonly jobContext: Record<string, Value>;
  /** Value of a variable of the message by its name in any case; '' when there is none. */
  readonly variable: (name: string) => string;
  /** Contexts that no step changes: needs, strategy, matrix, vars, secrets, runner. */
  readonly fixed: Record<string, Value>;
  /** What expressions outside of composite actions see. */
  readonly scope: Scope;
  /** Workflow and job `env`, and what steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string>;
  /** `defaults.run`. */
  readonly defaults: { shell: string; workingDirectory: string | null };
  /** Entries of GITHUB_PATH, later ones in front. */
  prependPath: readonly string[];
  /** Problem matchers, newest first. */
  matchers: readonly MatcherConfig[];
  status: JobStatus;
  /** Set when the job cannot go on: no further step runs. */
  failure: JobResult['failure'];
  /** Set when the job has ended. */
  measures: Pick<JobResult, 'usage' | 'egress'>;
  readonly annotations: Annotation[];
  readonly finished: FinishedStep[];
  /** Actions that are in the host, as `owner/name@ref`. */
  readonly downloaded: Set<string>;
  /** What is to run after the main stages. */
  readonly posts: PostQueue;
  /** Last number given to a record. */
  lastNumber: number;
}

/** Sets a member of a record whose names do not differ by case: a new spelling replaces the old. */
export function setIgnoringCase(record: Record<string, string>, name: string, value: string): void {
  const lower = name.toLowerCase();
  const known = Object.keys(record).find((key) => key.toLowerCase() === lower);
  record[known ?? name] = value;
}
