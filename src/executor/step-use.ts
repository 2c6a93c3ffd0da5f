import type { ActionManifest } from '../actions/action-manifest.ts';
import { stepKind } from '../actions/step-name.ts';
import type { MessageStep } from '../contract/runner-protocol.ts';

export type Stage = 'pre' | 'main' | 'post';

/** An action whose files are in the host. */
export interface LoadedAction {
  /** Where they are. */
  readonly folder: string;
  readonly manifest: ActionManifest;
}

/**
 * A step of the job or of a composite action, at one place where it stands. Its stages share what
 * they save for each other.
 */
export interface StepUse {
  readonly step: MessageStep;
  /** What `STATE_*` variables are made of. */
  readonly saved: Record<string, string>;
  /** Null for scripts and images, and for a local action until its step starts. */
  action: LoadedAction | null;
  /** The steps of a composite action that is loaded. */
  children: readonly StepUse[];
  /** A stage of it has begun, so its post stage is owed (protocol G.1). */
  begun: boolean;
}

export const createUse = (step: MessageStep): StepUse => ({
  step,
  saved: {},
  action: null,
  children: [],
  begun: false,
});

/** An action that lies in the job's workspace: `./path`. */
export const isLocal = ({ step }: StepUse): boolean =>
  stepKind(step.reference.type) === 'repository' &&
  step.reference.repositoryType?.toLowerCase() === 'self';

/** An action of another repository. */
export const isRemote = (use: StepUse): boolean =>
  stepKind(use.step.reference.type) === 'repository' && !isLocal(use);

export const isComposite = ({ action }: StepUse): boolean =>
  action?.manifest.runs.kind === 'composite';

/** Local actions have none: their files are not there when the job begins (protocol F.3). */
export function hasPre(use: StepUse): boolean {
  const runs = use.action?.manifest.runs;
  if (runs === undefined || isLocal(use)) return false;
  return runs.kind === 'composite' ? use.children.some(hasPre) : runs.pre !== null;
}

/** A local action inside a composite one that is not loaded yet may have one. */
export function hasPost(use: StepUse): boolean {
  const runs = use.action?.manifest.runs;
  if (runs === undefined) return false;
  return runs.kind === 'composite'
    ? use.children.some((child) => hasPost(child) || (isLocal(child) && child.action === null))
    : runs.post !== null;
}

/** The condition of a stage. */
export function conditionOf(use: StepUse, stage: Stage): string {
  if (stage === 'main') return use.step.condition || 'success()';
  const runs = use.action?.manifest.runs;
  if (runs === undefined || runs.kind === 'composite') return 'always()';
  return stage === 'pre' ? runs.preIf : runs.postIf;
}
