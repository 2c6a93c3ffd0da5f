import type { TemplateToken } from './template-token.ts';

/** Something wrong in a workflow file. Line and column start at 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What a step runs, as the job message carries it (protocol D.5). */
export type StepReference =
  | { readonly type: 'script' }
  | { readonly type: 'containerRegistry'; readonly image: string }
  | { readonly type: 'repository'; readonly repositoryType: 'self'; readonly path: string }
  | {
      readonly type: 'repository';
      readonly repositoryType: 'GitHub';
      readonly name: string;
      readonly ref: string;
      readonly path?: string;
    };

export interface WorkflowStep {
  /** `name` and `contextName` of the message: the step's id, or a made one that starts with `__`. */
  readonly contextName: string;
  readonly displayName: TemplateToken | undefined;
  /** Never empty; already wrapped with `success() && (…)` where no status function occurs. */
  readonly condition: string;
  readonly reference: StepReference;
  readonly inputs: TemplateToken;
  readonly environment: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly timeoutInMinutes: TemplateToken | undefined;
}

/** A job that is a whole other workflow: `uses`, `with` and `secrets` of the job. */
export interface WorkflowCall {
  readonly uses: string;
  readonly at: Position;
  /** Mapping of input names, with the place of each for problems. */
  readonly inputs: TemplateToken | undefined;
  readonly secrets: 'inherit' | TemplateToken | undefined;
}

export interface WorkflowJob {
  readonly id: string;
  readonly at: Position;
  readonly needs: readonly string[];
  /** Never empty; already wrapped with `success() && (…)` where no status function occurs. */
  readonly condition: string;
  readonly name: TemplateToken | undefined;
  readonly runsOn: TemplateToken;
  readonly strategy: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
  readonly defaults: TemplateToken | undefined;
  readonly outputs: TemplateToken | undefined;
  readonly container: TemplateToken | undefined;
  readonly services: TemplateToken | undefined;
  readonly environment: TemplateToken | undefined;
  readonly permissions: TemplateToken | undefined;
  readonly concurrency: TemplateToken | undefined;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly steps: readonly WorkflowStep[];
  /** Null for a job with steps of its own. */
  readonly call: WorkflowCall | null;
}

export type InputType = 'string' | 'number' | 'boolean' | 'choice' | 'environment';

export interface DispatchInput {
  readonly name: string;
  readonly type: InputType;
  readonly required: boolean;
  readonly default: string | number | boolean | null;
  readonly options: readonly string[];
}

export interface CallInput {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean';
  readonly required: boolean;
  /** May hold expressions over `github`, `inputs` and `vars`. */
  readonly default: TemplateToken | undefined;
}

/** What `on.workflow_call` says that callers give and get. */
export interface CallInterface {
  readonly inputs: readonly CallInput[];
  readonly secrets: readonly { readonly name: string; readonly required: boolean }[];
  readonly outputs: readonly { readonly name: string; readonly value: TemplateToken }[];
}

/** Filters of one event under `on`. An absent list does not filter. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly branches?: readonly string[];
  readonly 'branches-ignore'?: readonly string[];
  readonly tags?: readonly string[];
  readonly 'tags-ignore'?: readonly string[];
  readonly paths?: readonly string[];
  readonly 'paths-ignore'?: readonly string[];
  /** Names of workflows, of `workflow_run`. */
  readonly workflows?: readonly string[];
}

export interface Schedule {
  readonly cron: string;
  /** An IANA name; UTC when absent. */
  readonly timezone: string | null;
}

export interface Workflow {
  readonly file: string;
  readonly name: string | null;
  readonly runName: TemplateToken | undefined;
  readonly on: Readonly<Record<string, EventFilter>>;
  readonly dispatchInputs: readonly DispatchInput[];
  readonly schedules: readonly Schedule[];
  /** Null for a workflow that no other may call. */
  readonly callInterface: CallInterface | null;
  readonly env: TemplateToken | undefined;
  readonly defaults: TemplateToken | undefined;
  readonly permissions: TemplateToken | undefined;
  readonly concurrency: TemplateToken | undefined;
  readonly jobs: readonly WorkflowJob[];
  /** Names of secrets that the text refers to; null when it uses the whole `secrets` context. */
  readonly secrets: readonly string[] | null;
}
