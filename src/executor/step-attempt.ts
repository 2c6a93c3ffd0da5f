import { ExpressionFailure } from '../actions/expressions.ts';
import { evaluateCondition } from '../actions/step-condition.ts';
import type { TemplateToken } from '../actions/template-token.ts';
import type { StepConclusion } from '../domain/conclusion.ts';
import { messageOf } from '../domain/errors.ts';
import type { JobSignals } from '../ports/job-executor.ts';
import {
  contextsOf,
  evaluateBoolean,
  evaluateMapping,
  evaluateNumber,
  withHashFiles,
} from './evaluate.ts';
import type { StageEnd, StepRun } from './handlers/handler.ts';
import { noteJobLoss } from './job-loss.ts';
import { type Scope, type StepEntry, setIgnoringCase } from './job-state.ts';
import { statusIn } from './scope.ts';
import { createStepFiles } from './step-files.ts';
import type { StepLog } from './step-log.ts';
import { handlerOf } from './step-plan.ts';
import { type StopWatch, watchStop } from './step-stop.ts';
import { conditionOf, type Stage, type StepUse } from './step-use.ts';

type Env = Readonly<Record<string, string>>;

/** A stage that is about to be tried: of a step of the job, or of one inside a composite action. */
export interface Attempt {
  readonly scope: Scope;
  readonly use: StepUse;
  readonly stage: Stage;
  readonly log: StepLog;
  readonly env: StepEnv;
  readonly signals: JobSignals;
  /** The run of the composite action around it. */
  readonly outer: StepRun | null;
  readonly begin: StepRun['begin'];
  readonly describe: StepRun['describe'];
}

/** The `env` context inside a step; a problem with the step's own `env` fails it. */
export interface StepEnv {
  readonly all: Env;
  readonly own: Env;
  readonly problem: string | null;
}

export interface AttemptEnd {
  readonly outcome: StepConclusion;
  readonly conclusion: StepConclusion;
}

/** Job and outer steps first, then the step's own `env` (protocol G.4). */
export async function stepEnv(scope: Scope, use: StepUse, outer: Env): Promise<StepEnv> {
  const around = { ...scope.job.env, ...outer };
  if (scope.job.failure !== undefined) return { all: around, own: outer, problem: null };
  try {
    const own = await evaluateMapping(scope, use.step.environment as TemplateToken, around);
    return { all: { ...around, ...own }, own: { ...outer, ...own }, problem: null };
  } catch (error) {
    noteJobLoss(scope.job, error);
    return { all: around, own: outer, problem: messageOf(error) };
  }
}

/**
 * Condition, handler, time limit, `continue-on-error` of one stage (protocol G.2). The entry in the
 * `steps` context is up to date when it resolves.
 */
export async function attempt(given: Attempt): Promise<AttemptEnd> {
  const end = await settle(given);
  const entry = entryOf(given);
  if (entry !== null) Object.assign(entry, end);
  return end;
}

async function settle(given: Attempt): Promise<AttemptEnd> {
  const { log, env, scope } = given;
  if (env.problem !== null) {
    log.error(env.problem);
    return both('failure');
  }
  const allowed = scope.job.failure === undefined ? await mayRun(given) : false;
  if (allowed === null) return both('failure');
  if (!allowed) return both('skipped');
  const outcome = await runHandler(given);
  const goesOn = outcome === 'failure' && (await continuesOnError(given));
  return { outcome, conclusion: goesOn ? 'success' : outcome };
}

const both = (outcome: StepConclusion): AttemptEnd => ({ outcome, conclusion: outcome });

/** Null when the condition itself is wrong. */
async function mayRun({ scope, use, stage, env, log }: Attempt): Promise<boolean | null> {
  try {
    const evaluated = await withHashFiles(scope, (functions) =>
      evaluateCondition(
        conditionOf(use, stage),
        contextsOf(scope, env.all),
        statusIn(scope),
        functions,
      ),
    );
    log.debug(`Evaluating condition for step: '${log.step.name}'. Result: ${evaluated}`);
    return evaluated;
  } catch (error) {
    noteJobLoss(scope.job, error);
    log.error(messageOf(error));
    return null;
  }
}

async function runHandler(given: Attempt): Promise<StepConclusion> {
  const { scope, use, stage, env, log, signals, outer } = given;
  const minutes = outer === null ? await timeoutMinutes(given) : 0;
  const stop = watchStop(scope.job, signals, {
    minutes,
    staysAllowed: () =>
      evaluateCondition(conditionOf(use, stage), contextsOf(scope, env.all), statusIn(scope), [
        NO_FILES,
      ]),
  });
  let failed = false;
  const run = stepRun(given, stop, () => {
    failed = true;
  });
  let end: StageEnd = 'failure';
  try {
    end = await handlerOf(use.step)(run);
  } catch (error) {
    if (!run.stop.aborted) log.error(messageOf(error));
    noteJobLoss(scope.job, error);
  } finally {
    stop.dispose();
  }
  if (outer?.stop.aborted) return 'cancelled'; // why is said once, by the outermost step
  return conclude(stop.reason(), failed ? 'failure' : end, log, minutes);
}

function stepRun(given: Attempt, stop: StopWatch, fail: () => void): StepRun {
  const { scope, use, stage, env, log, signals, outer, begin, describe } = given;
  const run: StepRun = {
    state: scope.job,
    scope,
    use,
    step: use.step,
    stage,
    isEmbedded: outer !== null,
    log,
    env: env.all,
    ownEnv: env.own,
    files: createStepFiles(scope),
    setOutput: outputSetter(given),
    fail,
    begin,
    describe,
    runInner: (inner, innerScope) => runInner(run, inner, innerScope, signals),
    stop: outer === null ? stop.signal : AbortSignal.any([outer.stop, stop.signal]),
  };
  return run;
}

async function runInner(
  outer: StepRun,
  use: StepUse,
  scope: Scope,
  signals: JobSignals,
): Promise<StepConclusion> {
  const { conclusion } = await attempt({
    scope,
    use,
    stage: outer.stage,
    log: outer.log,
    env: await stepEnv(scope, use, outer.ownEnv),
    signals,
    outer,
    begin: () => {
      use.begun = true;
    },
    describe: () => undefined,
  });
  return conclusion;
}

/** While a step runs nothing can be hashed any more; such a condition counts as false. */
const NO_FILES = {
  name: 'hashFiles',
  minArgs: 1,
  maxArgs: 255,
  call: (): never => {
    throw new ExpressionFailure('hashFiles', 'Not available while the step runs');
  },
};

function conclude(
  reason: ReturnType<StopWatch['reason']>,
  end: StageEnd,
  log: StepLog,
  minutes: number,
): StepConclusion {
  switch (reason) {
    case 'timeout':
      log.error(`The action '${log.step.name}' has timed out after ${minutes} minutes.`);
      return 'failure';
    case 'cancel':
    case 'shutdown':
      log.error('The operation was canceled.');
      return 'cancelled';
    default:
      return end;
  }
}

async function timeoutMinutes({ scope, use, env, log }: Attempt): Promise<number> {
  try {
    const token = use.step.timeoutInMinutes as TemplateToken;
    return Math.trunc(await evaluateNumber(scope, token, env.all));
  } catch (error) {
    log.error('An error occurred when attempting to determine the step timeout.');
    log.error(messageOf(error));
    return 0;
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
