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
}

export type InputType = 'string' | 'number' | 'boolean' | 'choice' | 'environment';

export interface DispatchInput {
  readonly name: string;
  readonly type: InputType;
  readonly required: boolean;
  readonly default: string | number | boolean | null;
  readonly options: readonly string[];
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
}

export interface Workflow {
  readonly file: string;
  readonly name: string | null;
  readonly runName: TemplateToken | undefined;
  readonly on: Readonly<Record<string, EventFilter>>;
  readonly dispatchInputs: readonly DispatchInput[];
  readonly env: TemplateToken | undefined;
  readonly defaults: TemplateToken | undefined;
  readonly permissions: TemplateToken | undefined;
  readonly concurrency: TemplateToken | undefined;
  readonly jobs: readonly WorkflowJob[];
  /** Names of secrets that the text refers to; null when it uses the whole `secrets` context. */
  readonly secrets: readonly string[] | null;
}
