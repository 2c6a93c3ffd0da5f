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
import { imageRecords } from './containers/images.ts';
import { initializeRecords } from './containers/initialize.ts';
import { contextsOf } from './evaluate.ts';
import { runAction } from './handlers/action.ts';
import type { StepHandler } from './handlers/handler.ts';
import { runImage } from './handlers/image.ts';
import { runScript } from './handlers/script.ts';
import type { JobRecord } from './job-record.ts';
import type { JobState } from './job-state.ts';
import { hasPre, type StepUse } from './step-use.ts';

/** These contexts are filled only when steps have run. */
const LATE = /\b(steps|env|job|hashFiles)\b/i;

/** A handler for each kind of step. */
export function handlerOf(step: MessageStep): StepHandler {
  switch (stepKind(step.reference.type)) {
    case 'script':
      return runScript;
    case 'repository':
      return runAction;
    case 'container':
      return runImage;
    default:
      return unsupported;
  }
}

/** Steps that wait for or cancel background steps, by word and number (protocol D.5). */
const BACKGROUND_CONTROL = new Set(['backgroundStepControl', '5']);

/** What a step needs that this version does not have, in words for the user; null when it can run. */
export function missingFeature(step: MessageStep): string | null {
  if (step.background === true || BACKGROUND_CONTROL.has(String(step.type))) {
    return 'This version of RunnerHub does not run background steps yet.';
  }
  if (handlerOf(step) !== unsupported) return null;
  return `This version of RunnerHub does not know steps of the type '${step.reference.type}'.`;
}

/** Never reached: set-up refuses a job that has such a step. */
const unsupported: StepHandler = async ({ step, log }) => {
  log.error(missingFeature(step) ?? 'Unknown kind of step');
  return 'failure';
};

/** The records of a job that is set up, in their order: images, containers, pre and main stages (protocol G.1). */
export function planRecords(state: JobState, uses: readonly StepUse[]): JobRecord[] {
  const before = [...imageRecords(state, uses), ...initializeRecords(state)];
  const name = new Map(uses.map((use) => [use, initialName(state, use.step)]));
  const pre = uses.filter(hasPre).map((use): JobRecord => {
    const { newId } = state.execution;
    const record = { id: newId(), number: ++state.lastNumber, name: `Pre ${name.get(use)}` };
    return { kind: 'stage', record, use, stage: 'pre' };
  });
  const main = uses.map((use): JobRecord => {
    const record = { id: use.step.id, number: ++state.lastNumber, name: name.get(use) ?? '' };
    return { kind: 'stage', record, use, stage: 'main' };
  });
  return [...before, ...pre, ...main];
}

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
    const text = String(evaluateToken(token, contextsOf(state.scope, env)) ?? '');
    return state.masker.mask(formatStepName(prefix, text));
  } catch {
    return null; // a name is a best effort (protocol G.2)
  }
}
