import { worseStatus } from '../actions/step-condition.ts';
import type { JobMessage } from '../contract/runner-protocol.ts';
import type { StepConclusion } from '../domain/conclusion.ts';
import { messageOf } from '../domain/errors.ts';
import { isoNow } from '../ports/clock.ts';
import type { JobExecution, JobResult, JobSignals } from '../ports/job-executor.ts';
import type { ReportedStep } from '../ports/job-reporter.ts';
import { type Completion, completeJob } from './complete-job.ts';
import { createJobState } from './create-job-state.ts';
import { noteJobLoss } from './job-loss.ts';
import type { JobRecord } from './job-record.ts';
import type { JobState } from './job-state.ts';
import { reportMeasures } from './report-measures.ts';
import { setUpJob, setUpMasker } from './set-up-job.ts';
import { StepLog } from './step-log.ts';
import { planRecords } from './step-plan.ts';
import { runStage } from './step-runner.ts';
import { CANCELLED, noteSignals } from './step-stop.ts';
import { createUse, type StepUse } from './step-use.ts';

/**
 * Executes a job message as the official runner does (protocol G.1): "Set up job", the steps, their
 * posts, "Complete job". Failing steps, a lost container and an engine that does not answer are
 * results; only a bug throws.
 */
export async function runJob(
  message: JobMessage,
  execution: JobExecution,
  signals: JobSignals,
): Promise<JobResult> {
  const state = createJobState(message, execution);
  const { reporter, newId } = execution;
  const masked = tryMasker(state);
  const setUp = { id: newId(), number: ++state.lastNumber, name: 'Set up job' };
  reporter.planned([setUp]);
  const stop = AbortSignal.any([signals.cancel, signals.shutdown]);
  const uses = message.steps.filter(({ enabled }) => enabled !== false).map(createUse);
  const ready = await runRunnerRecord(
    state,
    setUp,
    'setup_job',
    async (log) => {
      if (masked !== null) throw masked;
      await setUpJob(state, uses, log, stop);
      return true;
    },
    stop,
  );
  if (ready !== true) state.status = 'failure';
  noteSignals(state, signals);
  if (masked === null) await runRecords(state, uses, signals, ready === true);
  const last = { id: newId(), number: ++state.lastNumber, name: 'Complete job' };
  const completion =
    masked === null && state.failure === undefined
      ? await runRunnerRecord(state, last, 'complete_job', (log) => completeJob(state, log))
      : await runRunnerRecord(state, last, 'complete_job', (log) => sayWhy(state, log));
  await reporter.drain();
  return toResult(state, completion ?? { outputs: {} });
}

/** Pre and main stages as planned, then the posts that they registered, last come first. */
async function runRecords(
  state: JobState,
  uses: readonly StepUse[],
  signals: JobSignals,
  ready: boolean,
): Promise<void> {
  const records = planRecords(state, uses);
  state.execution.reporter.planned(records.map(({ record }) => record));
  for (const record of records) {
    if (ready) await runRecord(state, record, signals);
    else skip(state, record.record);
  }
  for (let post = state.posts.next(); post !== undefined; post = state.posts.next()) {
    await runRecord(state, post, signals);
  }
}

async function runRecord(state: JobState, item: JobRecord, signals: JobSignals): Promise<void> {
  if (item.kind === 'stage') return runStage(state, item, signals);
  noteSignals(state, signals);
  if (state.failure !== undefined || !item.runsWhen(state.status)) {
    skip(state, item.record);
    return;
  }
  const stop = AbortSignal.any([signals.cancel, signals.shutdown]);
  const done = await runRunnerRecord(
    state,
    item.record,
    item.actionName,
    async (log) => {
      await item.work(log, stop);
      return true;
    },
    stop,
  );
  if (done !== true) state.status = worseStatus(state.status, 'failure');
  noteSignals(state, signals);
}

function tryMasker(state: JobState): Error | null {
  try {
    setUpMasker(state);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/**
 * A record of the runner's own. A thrown error fails it; false or `ok: false` do so too. What is thrown
 * after `stop` is that it was stopped.
 */
async function runRunnerRecord<T>(
  state: JobState,
  record: ReportedStep,
  actionName: string,
  work: (log: StepLog) => Promise<T>,
  stop?: AbortSignal,
): Promise<T | undefined> {
  const { clock, reporter } = state.execution;
  const log = new StepLog(state, record);
  const startedAt = isoNow(clock);
  reporter.stepStarted(record, startedAt);
  let result: T | undefined;
  let conclusion: StepConclusion = 'success';
  try {
    result = await work(log);
    if (hasFailed(result)) conclusion = 'failure';
  } catch (error) {
    conclusion = stop?.aborted ? 'cancelled' : 'failure';
    log.error(stop?.aborted ? CANCELLED : messageOf(error));
    noteJobLoss(state, error);
  }
  const { annotations, lines } = log;
  const ends = { outcome: conclusion, conclusion, startedAt, completedAt: isoNow(clock) };
  const finished = { ...record, ...ends, annotations, lines, type: 'runner', actionName };
  state.finished.push(finished);
  reporter.stepFinished(finished);
  return result;
}

const hasFailed = (result: unknown): boolean =>
  typeof result === 'object' && result !== null && 'ok' in result && result.ok === false;

/** A job that cannot go on has nothing to evaluate, but its last record says why. */
async function sayWhy(state: JobState, log: StepLog): Promise<Completion> {
  if (state.failure !== undefined) void log.write(state.failure.detail);
  await reportMeasures(state, log);
  return { outputs: {} };
}

function skip(state: JobState, record: ReportedStep): void {
  const now = isoNow(state.execution.clock);
  const finished = {
    ...record,
    outcome: 'skipped' as const,
    conclusion: 'skipped' as const,
    startedAt: now,
    completedAt: now,
    annotations: [],
    lines: 0,
  };
  state.finished.push(finished);
  state.execution.reporter.stepFinished(finished);
}

function toResult(state: JobState, { outputs, environmentUrl }: Completion): JobResult {
  return {
    conclusion: state.status,
    outputs,
    steps: state.finished,
    annotations: state.annotations,
    ...state.measures,
    ...(environmentUrl === undefined ? {} : { environmentUrl }),
    ...(state.failure === undefined ? {} : { failure: state.failure }),
  };
}
