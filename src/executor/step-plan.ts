import { isRecord, type Value } from '../actions/expressions.ts';
import {
  formatStepName,
  type NamedStep,
  nameSource,
  showToken,
  stepKind,
} from '../actions/step-name.ts';
import { evaluateToken, type TemplateToken } from '../actions/template-token.ts';
import type { MessageStep } from '../contract/runner-protocol.ts';
import type { ReportedStep } from '../ports/job-reporter.ts';
import { contextsOf } from './evaluate.ts';
import type { StepHandler } from './handlers/handler.ts';
import { runScript } from './handlers/script.ts';
import type { JobState } from './job-state.ts';

/** A record of the job that has a place in the order: a step's main stage, or later its post. */
export interface PlannedStep {
  readonly step: MessageStep;
  readonly record: ReportedStep;
  readonly condition: string;
  readonly handler: StepHandler;
  /** Names that completejob gives to the record (protocol C.3). */
  readonly type: string;
}

/** These contexts are filled only when steps have run. */
const LATE = /\b(steps|env|job|hashFiles)\b/i;

/** A handler for each kind of step; null for what this version cannot run. */
function handlerOf(step: MessageStep): StepHandler | null {
  return stepKind(step.reference.type) === 'script' ? runScript : null;
}

/** What a step needs that this version does not have, in words for the user; null when it can run. */
export function missingFeature(step: MessageStep): string | null {
  if (handlerOf(step) !== null) return null;
  const source = nameSource({ ...named(step), displayName: null, displayNameToken: null });
  return `This version of RunnerHub does not run actions yet: 'uses: ${showToken(source.token)}'. Only 'run:' steps are supported.`;
}

/** The main stages of all steps that are switched on, numbered after "Set up job". */
export function planSteps(state: JobState): PlannedStep[] {
  const steps = state.message.steps.filter(({ enabled }) => enabled !== false);
  return steps.map((step) => ({
    step,
    record: { id: step.id, number: ++state.lastNumber, name: initialName(state, step) },
    condition: step.condition || 'success()',
    handler: handlerOf(step) ?? unsupported,
    type: 'run',
  }));
}

/** Never reached: set-up refuses a job that has such a step. */
const unsupported: StepHandler = async ({ step, log }) => {
  log.error(missingFeature(step) ?? 'Unknown kind of step');
  return 'failure';
};

const named = (step: MessageStep): NamedStep => ({
  displayName: step.displayName,
  displayNameToken: step.displayNameToken as TemplateToken | undefined,
  inputs: step.inputs as TemplateToken | undefined,
  reference: step.reference,
});

/** The name before the step has begun: evaluated where that is possible, else as it was written. */
function initialName(state: JobState, step: MessageStep): string {
  const { token } = nameSource(named(step));
  const isLate = isRecordToken(token) && LATE.test(token.expr);
  const { masker } = state;
  if (!isLate) {
    const name = finalName(state, step, {});
    if (name !== null) return name;
  }
  return masker.mask(formatStepName(nameSource(named(step)).prefix, showToken(token)));
}

const isRecordToken = (token: TemplateToken): token is { type: 3; expr: string } =>
  isRecord(token as Value) && (token as { type?: number }).type === 3;

/** The name by all contexts, masked; null when it cannot be evaluated. */
export function finalName(
  state: JobState,
  step: MessageStep,
  env: Readonly<Record<string, string>>,
): string | null {
  const { prefix, token } = nameSource(named(step));
  try {
    const text = String(evaluateToken(token, contextsOf(state, env)) ?? '');
    return state.masker.mask(formatStepName(prefix, text));
  } catch {
    return null; // a name is a best effort (protocol G.2)
  }
}
