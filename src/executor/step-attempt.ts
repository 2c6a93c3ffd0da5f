import { evaluateCondition } from '../actions/step-condition.ts';
import type { TemplateToken } from '../actions/template-token.ts';
import type { StepConclusion } from '../domain/conclusion.ts';
import { messageOf } from '../domain/errors.ts';
import type { Attempt, AttemptEnd } from './attempt.ts';
import { contextsOf, evaluateBoolean, withHashFiles } from './evaluate.ts';
import type { StepRun } from './handlers/handler.ts';
import { noteJobLoss } from './job-loss.ts';
import { type StepEntry, setIgnoringCase } from './job-state.ts';
import { runHandler } from './run-handler.ts';
import { statusIn } from './scope.ts';
import { conditionOf } from './step-use.ts';

/**
 * Condition, handler, time limit, `continue-on-error` of one stage (protocol G.2). The entry in the
 * `steps` context is up to date when it resolves.
 */
export async function attempt(given: Attempt): Promise<AttemptEnd> {
  const end = await settle(given);
  const { outcome, conclusion } = end;
  const entry = entryOf(given);
  if (entry !== null) Object.assign(entry, { outcome, conclusion });
  return end;
}

async function settle(given: Attempt): Promise<AttemptEnd> {
  const { log, env, scope } = given;
  if (env.problem !== null) {
    log.error(env.problem);
    return both('failure');
  }
  const allowed = scope.job.failure === undefined ? await mayRun(given) : false;
  if (allowed === null) return { ...both('failure'), isUnclear: true };
  if (!allowed) return both('skipped');
  log.debug(`Starting: ${log.step.name}`);
  const outcome = await runHandler(given, outputSetter(given), attempt);
  log.debug(`Finishing: ${log.step.name}`);
  const goesOn = outcome === 'failure' && (await continuesOnError(given));
  return { outcome, conclusion: goesOn ? 'success' : outcome };
}

const both = (outcome: StepConclusion): AttemptEnd => ({ outcome, conclusion: outcome });

/** Null when the condition itself is wrong. */
async function mayRun({ scope, use, stage, env, log }: Attempt): Promise<boolean | null> {
  const condition = conditionOf(use, stage);
  log.debug(`Evaluating condition for step: '${log.step.name}'`);
  log.debug(`Evaluating: ${condition}`);
  try {
    const evaluated = await withHashFiles(scope, (functions) =>
      evaluateCondition(condition, contextsOf(scope, env.all), statusIn(scope), functions),
    );
    log.debug(`Result: ${evaluated}`);
    return evaluated;
  } catch (error) {
    noteJobLoss(scope.job, error);
    log.error(messageOf(error));
    return null;
  }
}

async function continuesOnError({ scope, use, env, log }: Attempt): Promise<boolean> {
  if (scope.job.failure !== undefined) return false;
  try {
    return await evaluateBoolean(scope, use.step.continueOnError as TemplateToken, env.all);
  } catch (error) {
    noteJobLoss(scope.job, error);
    log.error(
      'The step failed and an error occurred when attempting to determine whether to continue on error.',
    );
    log.error(messageOf(error));
    return false;
  }
}

/**
 * Only main stages have an entry. Names that the server made up begin with `__` and stay out of the
 * `steps` context.
 */
function entryOf({ scope, use, stage }: Attempt): StepEntry | null {
  const name = use.step.contextName;
  if (stage !== 'main' || !name || name.startsWith('__')) return null;
  const entry = scope.steps.get(name) ?? { outputs: {} };
  scope.steps.set(name, entry);
  return entry;
}

function outputSetter(given: Attempt): StepRun['setOutput'] {
  return (name, value) => {
    const entry = entryOf(given);
    if (entry !== null) setIgnoringCase(entry.outputs, name, value);
    given.log.debug(`Set output ${name} = ${value}`);
  };
}
