import { ExpressionFailure } from '../actions/expressions.ts';
import { evaluateCondition } from '../actions/step-condition.ts';
import type { TemplateToken } from '../actions/template-token.ts';
import type { StepConclusion } from '../domain/conclusion.ts';
import { messageOf } from '../domain/errors.ts';
import type { Attempt, AttemptEnd } from './attempt.ts';
import { contextsOf, evaluateNumber } from './evaluate.ts';
import type { InnerEnd, StageEnd, StepRun } from './handlers/handler.ts';
import { noteJobLoss } from './job-loss.ts';
import type { Scope } from './job-state.ts';
import { statusIn } from './scope.ts';
import { stepEnv } from './step-env.ts';
import { createStepFiles } from './step-files.ts';
import type { StepLog } from './step-log.ts';
import { handlerOf } from './step-plan.ts';
import { CANCELLED, type StopWatch, watchStop } from './step-stop.ts';
import { conditionOf, isComposite, type StepUse } from './step-use.ts';

type TryInner = (given: Attempt) => Promise<AttemptEnd>;

/** Runs what a stage executes, under its time limit and the job's signals (protocol G.2, G.12). */
export async function runHandler(
  given: Attempt,
  setOutput: StepRun['setOutput'],
  tryInner: TryInner,
): Promise<StepConclusion> {
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
  const run = createRun(given, stop, {
    setOutput,
    fail: () => {
      failed = true;
    },
    runInner: (inner, innerScope) => runInner(run, inner, innerScope, given, tryInner),
  });
  const end = await endOf(run);
  stop.dispose();
  if (outer?.forced.aborted) return 'cancelled'; // why is said once, by the outermost step
  // The steps of a composite action have obeyed by themselves, and have said so.
  if (stop.reason() === 'cancel' && isComposite(use) && end !== null) return end;
  return conclude(stop.reason(), failed ? 'failure' : (end ?? 'failure'), log, minutes);
}

/** Null when it ended by an error, which is logged unless it is that of being stopped. */
async function endOf(run: StepRun): Promise<StageEnd | null> {
  try {
    return await handlerOf(run.step)(run);
  } catch (error) {
    if (!run.stop.aborted) run.log.error(messageOf(error));
    noteJobLoss(run.state, error);
    return null;
  }
}

type Ways = Pick<StepRun, 'setOutput' | 'fail' | 'runInner'>;

function createRun(given: Attempt, stop: StopWatch, ways: Ways): StepRun {
  const { scope, use, stage, env, log, outer, begin, describe } = given;
  return {
    ...ways,
    state: scope.job,
    scope,
    use,
    step: use.step,
    stage,
    depth: outer === null ? 0 : outer.depth + 1,
    log,
    env: env.all,
    ownEnv: env.own,
    files: createStepFiles(scope),
    begin,
    describe,
    stop: outer === null ? stop.signal : AbortSignal.any([outer.forced, stop.signal]),
    forced: outer === null ? stop.forced : AbortSignal.any([outer.forced, stop.forced]),
  };
}

async function runInner(
  outer: StepRun,
  use: StepUse,
  scope: Scope,
  { signals }: Attempt,
  tryInner: TryInner,
): Promise<InnerEnd> {
  const { conclusion, isUnclear } = await tryInner({
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
  return { conclusion, isLast: isUnclear === true };
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
      log.error(CANCELLED);
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
