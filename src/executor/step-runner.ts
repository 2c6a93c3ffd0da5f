import { worseStatus } from '../actions/step-condition.ts';
import { isoNow } from '../ports/clock.ts';
import type { JobSignals } from '../ports/job-executor.ts';
import type { FinishedStep } from '../ports/job-reporter.ts';
import type { AttemptEnd } from './attempt.ts';
import type { StageRecord } from './job-record.ts';
import type { JobState } from './job-state.ts';
import { attempt } from './step-attempt.ts';
import { stepEnv } from './step-env.ts';
import { StepLog } from './step-log.ts';
import { finalName } from './step-plan.ts';
import { noteSignals } from './step-stop.ts';
import { hasPost } from './step-use.ts';

type Names = Pick<FinishedStep, 'type' | 'actionName' | 'ref'>;

/** Runs one stage of a step of the job as its record, from start to end (protocol G.2). */
export async function runStage(
  state: JobState,
  planned: StageRecord,
  signals: JobSignals,
): Promise<void> {
  const { use, stage } = planned;
  const { scope } = state;
  const startedAt = isoNow(state.execution.clock);
  scope.github['action'] = use.step.name ?? use.step.id;
  const env = await stepEnv(scope, use, {});
  noteSignals(state, signals);
  const given = planned.record;
  const name = stage === 'main' ? (finalName(state, use.step, env.all) ?? given.name) : given.name;
  const log = new StepLog(state, { ...given, name });
  state.execution.reporter.stepStarted(log.step, startedAt);
  let names: Names = {};
  const end = await attempt({
    scope,
    use,
    stage,
    log,
    env,
    signals,
    outer: null,
    begin: () => registerPost(state, planned, name),
    describe: (known) => {
      names = known;
    },
  });
  finish(state, log, startedAt, end, names);
}

/** A post stage is owed as soon as an earlier stage has begun, once (protocol G.1). */
function registerPost(state: JobState, { use, stage }: StageRecord, name: string): void {
  if (use.begun || stage === 'post' || !hasPost(use)) return;
  use.begun = true;
  const plain = stage === 'pre' ? name.replace(/^Pre /i, '') : name;
  state.posts.register(state, state.execution.newId(), `Post ${plain}`, (record) => ({
    kind: 'stage',
    record,
    use,
    stage: 'post',
  }));
}

function finish(
  state: JobState,
  log: StepLog,
  startedAt: string,
  { outcome, conclusion }: AttemptEnd,
  names: Names,
): void {
  if (conclusion === 'failure') state.status = worseStatus(state.status, 'failure');
  const finished = {
    ...log.step,
    outcome,
    conclusion,
    startedAt,
    completedAt: isoNow(state.execution.clock),
    annotations: log.annotations,
    lines: log.lines,
    ...(conclusion === 'skipped' ? {} : names),
  };
  state.finished.push(finished);
  state.execution.reporter.stepFinished(finished);
}
