import { ExpressionFailure } from '../actions/expressions.ts';
import { evaluateCondition, worseStatus } from '../actions/step-condition.ts';
import type { TemplateToken } from '../actions/template-token.ts';
import type { StepConclusion } from '../domain/conclusion.ts';
import { messageOf } from '../domain/errors.ts';
import { isoNow } from '../ports/clock.ts';
import type { JobSignals } from '../ports/job-executor.ts';
import {
  contextsOf,
  evaluateBoolean,
  evaluateMapping,
  evaluateNumber,
  withHashFiles,
} from './evaluate.ts';
import type { StepRun } from './handlers/handler.ts';
import { noteJobLoss } from './job-loss.ts';
import { type JobState, type StepEntry, setIgnoringCase } from './job-state.ts';
import { StepLog } from './step-log.ts';
import { finalName, type PlannedStep } from './step-plan.ts';
import { noteSignals, watchStop } from './step-stop.ts';

type Env = Readonly<Record<string, string>>;

/** Runs one record from its start to its end (protocol G.2, "Order per step"). */
export async function runStep(
  state: JobState,
  planned: PlannedStep,
  signals: JobSignals,
): Promise<void> {
  const { step } = planned;
  const startedAt = isoNow(state.execution.clock);
  state.github['action'] = step.name ?? step.id;
  const { env, problem } = await stepEnv(state, planned);
  noteSignals(state, signals);
  const name = finalName(state, step, env) ?? planned.record.name;
  const log = new StepLog(state, { ...planned.record, name });
  state.execution.reporter.stepStarted(log.step, startedAt);
  const end = (outcome: StepConclusion, conclusion: StepConclusion = outcome, ran = false) =>
    finishStep(state, planned, log, { startedAt, outcome, conclusion, ran });
  if (problem !== null) {
    log.error(problem);
    return end('failure');
  }
  const allowed = state.failure === undefined ? await mayRun(state, planned, env, log) : false;
  if (allowed === null) return end('failure');
  if (!allowed) return end('skipped');
  const outcome = await runStages(state, planned, { log, env, signals });
  const goesOn = outcome === 'failure' && (await continuesOnError(state, planned, env, log));
  end(outcome, goesOn ? 'success' : outcome, true);
}

/** The `env` context inside the step; a problem with the step's own `env` fails the step. */
async function stepEnv(
  state: JobState,
  { step }: PlannedStep,
): Promise<{ env: Env; problem: string | null }> {
  const outer = { ...state.env };
  if (state.failure !== undefined) return { env: outer, problem: null };
  try {
    const own = await evaluateMapping(state, step.environment as TemplateToken, outer);
    return { env: { ...outer, ...own }, problem: null };
  } catch (error) {
    noteJobLoss(state, error);
    return { env: outer, problem: messageOf(error) };
  }
}

/** Null when the condition itself is wrong. */
async function mayRun(
  state: JobState,
  planned: PlannedStep,
  env: Env,
  log: StepLog,
): Promise<boolean | null> {
  try {
    const evaluated = await withHashFiles(state, (functions) =>
      evaluateCondition(planned.condition, contextsOf(state, env), state.status, functions),
    );
    log.debug(`Evaluating condition for step: '${log.step.name}'. Result: ${evaluated}`);
    return evaluated;
  } catch (error) {
    noteJobLoss(state, error);
    log.error(messageOf(error));
    return null;
  }
}

interface Running {
  readonly log: StepLog;
  readonly env: Env;
  readonly signals: JobSignals;
}

async function runStages(
  state: JobState,
  planned: PlannedStep,
  { log, env, signals }: Running,
): Promise<StepConclusion> {
  const minutes = await timeoutMinutes(state, planned, env, log);
  const stop = watchStop(state, signals, {
    minutes,
    staysAllowed: () =>
      evaluateCondition(planned.condition, contextsOf(state, env), state.status, [NO_FILES]),
  });
  let failed = false;
  const run: StepRun = {
    state,
    step: planned.step,
    log,
    env,
    setOutput: outputSetter(state, planned, log),
    fail: () => {
      failed = true;
    },
    stop: stop.signal,
  };
  try {
    const end = await planned.handler(run);
    if (end === 'failure') failed = true;
  } catch (error) {
    failed = true;
    log.error(messageOf(error));
    noteJobLoss(state, error);
  } finally {
    stop.dispose();
  }
  return conclude(stop.reason(), failed, log, minutes);
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
  reason: ReturnType<ReturnType<typeof watchStop>['reason']>,
  failed: boolean,
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
      return failed ? 'failure' : 'success';
  }
}

async function timeoutMinutes(
  state: JobState,
  { step }: PlannedStep,
  env: Env,
  log: StepLog,
): Promise<number> {
  try {
    return Math.trunc(await evaluateNumber(state, step.timeoutInMinutes as TemplateToken, env));
  } catch (error) {
    log.error('An error occurred when attempting to determine the step timeout.');
    log.error(messageOf(error));
    return 0;
  }
}

async function continuesOnError(
  state: JobState,
  { step }: PlannedStep,
  env: Env,
  log: StepLog,
): Promise<boolean> {
  if (state.failure !== undefined) return false;
  try {
    return await evaluateBoolean(state, step.continueOnError as TemplateToken, env);
  } catch (error) {
    noteJobLoss(state, error);
    log.error(
      'The step failed and an error occurred when attempting to determine whether to continue on error.',
    );
    log.error(messageOf(error));
    return false;
  }
}

/** Names that the server made up begin with `__` and stay out of the `steps` context. */
const visibleName = ({ step }: PlannedStep): string | null =>
  step.contextName && !step.contextName.startsWith('__') ? step.contextName : null;

function entryOf(state: JobState, planned: PlannedStep): StepEntry | null {
  const name = visibleName(planned);
  if (name === null) return null;
  const entry = state.steps.get(name) ?? { outputs: {} };
  state.steps.set(name, entry);
  return entry;
}

function outputSetter(state: JobState, planned: PlannedStep, log: StepLog): StepRun['setOutput'] {
  return (name, value) => {
    const entry = entryOf(state, planned);
    if (entry !== null) setIgnoringCase(entry.outputs, name, value);
    log.debug(`Set output ${name} = ${value}`);
  };
}

interface StepEnd {
  readonly startedAt: string;
  readonly outcome: StepConclusion;
  readonly conclusion: StepConclusion;
  readonly ran: boolean;
}

function finishStep(state: JobState, planned: PlannedStep, log: StepLog, end: StepEnd): void {
  const { outcome, conclusion } = end;
  const entry = entryOf(state, planned);
  if (entry !== null) Object.assign(entry, { outcome, conclusion });
  if (conclusion === 'failure') state.status = worseStatus(state.status, 'failure');
  const finished = {
    ...log.step,
    outcome,
    conclusion,
    startedAt: end.startedAt,
    completedAt: isoNow(state.execution.clock),
    annotations: log.annotations,
    lines: log.lines,
    ...(end.ran ? { type: planned.type } : {}),
  };
  state.finished.push(finished);
  state.execution.reporter.stepFinished(finished);
}
