import { decodeContextData } from '../actions/context-data.ts';
import type { JobMessage } from '../contract/runner-protocol.ts';
import { AppError, isAppError, messageOf } from '../domain/errors.ts';
import { type JobId, jobIdOf, type PoolName } from '../domain/ids.ts';
import { isoNow } from '../ports/clock.ts';
import type { JobResult } from '../ports/job-executor.ts';
import type { AcquiredJob } from '../ports/runner-protocol.ts';
import type { ClaimedContainer } from './fleet-types.ts';
import { createJobBook, type JobBook } from './job-book.ts';
import { buildCompletion } from './job-completion.ts';
import { watchDisk } from './job-disk.ts';
import { type JobLease, keepLease } from './job-lease.ts';
import { createJobReporting, type JobReporting } from './job-reporting.ts';
import type { OnlineRunner } from './proxy-runner-types.ts';
import { followJobMessages } from './runner-job-messages.ts';
import {
  brokenResult,
  explainResult,
  type JobCircumstances,
  publicOutputs,
} from './runner-job-result.ts';
import { allowedPool } from './runner-trust.ts';
import { withinTime } from './within-time.ts';

/** What the phases of one job share. */
interface RunningJob {
  readonly runner: OnlineRunner;
  readonly job: AcquiredJob;
  readonly book: JobBook;
  readonly reporting: JobReporting;
  /** Aborted by people, by GitHub, or because the lease is lost; the reason says which. */
  readonly cancel: AbortController;
  /** The runner's container, or the one that replaced it. */
  claimed: ClaimedContainer;
}

/**
 * Runs an acquired job to its end and completes it at GitHub, whatever goes wrong (protocol J.13).
 * Never throws. The order: ticket and ledger, first renewal, steps, logs delivered, completejob,
 * ledger.
 */
export async function runAcquiredJob(online: OnlineRunner, job: AcquiredJob): Promise<void> {
  const id = ledgerJobOf(job.message);
  const log = online.log.child({ job: id });
  const runner = { ...online, log };
  if (id === null) log.warn('acquired job names no check run');
  const { ledger, events, clock } = runner.deps;
  const book = createJobBook({ ledger, events, clock, log }, id);
  const reporting = openReporting(runner, job, book);
  const cancel = new AbortController();
  const running = { runner, job, book, reporting, cancel, claimed: runner.claimed };
  await bookAcquired(running);
  const lease = await openLease(running);
  const result = 'stop' in lease ? await runWatched(running) : lease;
  await conclude(running, result, 'stop' in lease ? lease : null);
  log.info('job completed', { conclusion: result.conclusion, failure: result.failure?.kind });
}

/** `contextData.job.check_run_id` is GitHub's `workflow_job.id` (protocol D.4, I.1). */
export function ledgerJobOf(message: JobMessage): JobId | null {
  const context = decodeContextData(message.contextData['job'] ?? null);
  if (typeof context !== 'object' || context === null || Array.isArray(context)) return null;
  const id: unknown = Object.entries(context).find(([key]) => key === 'check_run_id')?.[1];
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? jobIdOf(id) : null;
}

function openReporting(runner: OnlineRunner, job: AcquiredJob, book: JobBook): JobReporting {
  const { logs, ledger, events, clock } = runner.deps;
  const { log } = runner;
  const ofWorkflow = new Set(job.message.steps.map((step) => step.id));
  return createJobReporting({
    ...{ logs, ledger, events, clock, log },
    results: job.results,
    job: book.job,
    onStepStarted(step, startedAt) {
      if (!ofWorkflow.has(step.id)) return;
      ofWorkflow.clear();
      void book.enter({ kind: 'first-step' }, { timestamps: { first_step_at: startedAt } });
    },
  });
}

/** The ticket first: with it, another process can complete the job if this one dies. */
async function bookAcquired({ runner, job, book }: RunningJob): Promise<void> {
  const { deps, claimed, order } = runner;
  deps.fleet.markBusy(claimed.container);
  const { id } = runner.runner;
  const ticket = deps.tickets.seal({
    runServiceUrl: job.runServiceUrl,
    jobToken: job.token,
    planId: job.message.plan.planId,
    jobId: job.message.jobId,
    billingOwnerId: job.message.billingOwnerId ?? null,
  });
  await deps.runners
    .update(id, { state: 'busy', job: book.job, ticket })
    .catch((error: unknown) => {
      runner.log.error('completion ticket not saved', { detail: messageOf(error) });
    });
  const { container } = claimed;
  const placement = { runner: id, pool: order.pool, host: claimed.at, container };
  const timestamps = {
    decided_at: order.decidedAt,
    container_ready_at: runner.containerReadyAt,
    runner_online_at: runner.onlineAt,
  };
  await book.enter({ kind: 'acquired' }, { placement, timestamps });
}

/** The first renewal comes before any step (protocol J.12). Without it, the result is a failure. */
async function openLease(running: RunningJob): Promise<JobLease | JobResult> {
  const { runner, job, book, cancel } = running;
  const { log, numbers } = runner;
  const { clock } = runner.deps;
  const onLost = (why: string): void => {
    log.warn('job lease lost', { why });
    cancel.abort(new AppError('job-gone', why));
  };
  try {
    const lockedUntil = await job.renew(new AbortController().signal);
    const lease = keepLease({ clock, log, job, onLost }, numbers.renewEveryMs, lockedUntil);
    await book.enter({ kind: 'prepared' }, { timestamps: { job_started_at: isoNow(clock) } });
    return lease;
  } catch (error) {
    return broken(running, `The job could not be started: ${messageOf(error)}`);
  }
}

/** Runs the steps while listening for a cancellation. */
async function runWatched(running: RunningJob): Promise<JobResult> {
  const { runner, job, cancel } = running;
  const { deps, log, session } = runner;
  const messages = followJobMessages(
    { clock: deps.clock, log, session },
    job.message.jobId,
    () => cancel.abort(new AppError('cancelled', 'cancelled by GitHub')),
    // Without its container the executor cannot hang any longer.
    () => void deps.fleet.release(running.claimed.container),
  );
  try {
    return await execute(running);
  } finally {
    await messages.stop();
  }
}

/** Turns whatever the executor does into a result. Never throws. */
async function execute(running: RunningJob): Promise<JobResult> {
  const { runner, job, reporting, cancel } = running;
  const { runJob, clock, newId, runnerVersion, machine } = runner.deps;
  try {
    await moveWhereAllowed(running);
    await replaceLostContainer(running);
    const groupName = job.message.variables['system.runnerGroupName']?.value ?? 'Default';
    const identity = { name: runner.runner.name, groupName, version: runnerVersion, machine };
    const { host } = running.claimed;
    using disk = watchDisk({ clock, log: runner.log }, host);
    const shutdown = AbortSignal.any([runner.stop.shutdown, disk.full]);
    const result = await runJob(
      job.message,
      { host, reporter: reporting, actions: job.actions, clock, runner: identity, newId },
      { cancel: cancel.signal, shutdown },
    );
    return explainResult(result, circumstances(running));
  } catch (error) {
    const detail = messageOf(error);
    const foreseen = isAppError(error);
    runner.log[foreseen ? 'warn' : 'error']('job execution failed', { detail });
    return broken(running, foreseen ? detail : `RunnerHub failed: ${detail}`);
  }
}

const circumstances = ({ runner, cancel, claimed }: RunningJob): JobCircumstances => ({
  cancelled: cancel.signal.aborted ? cancel.signal.reason : null,
  lost: claimed.lost.aborted ? claimed.lost.reason : null,
  shutdown: runner.stop.shutdown.aborted,
});

function broken(running: RunningJob, detail: string): JobResult {
  const { runner, reporting } = running;
  reporting.abandon(isoNow(runner.deps.clock));
  return brokenResult(reporting.finished(), detail, circumstances(running));
}

/** A job that the runner's pool refuses runs in a container of one that takes it, or not at all. */
async function moveWhereAllowed(running: RunningJob): Promise<void> {
  const { runner, job, book } = running;
  const { deps, order } = runner;
  const arrival = { message: job.message, job: book.job, pool: order.pool };
  const pool = await allowedPool(deps, arrival);
  if (pool === order.pool) return;
  await claimAgain(running, pool);
  const { container, at: host } = running.claimed;
  if (book.job !== null) await deps.ledger.note(book.job, { placement: { pool, host, container } });
}

/** A container that ended while the runner was idle is no reason to fail the job. */
async function replaceLostContainer(running: RunningJob): Promise<void> {
  if (running.claimed.lost.aborted) await claimAgain(running, running.runner.order.pool);
}

async function claimAgain(running: RunningJob, pool: PoolName): Promise<void> {
  const { deps, log, runner } = running.runner;
  await deps.fleet.release(running.claimed.container);
  running.claimed = await deps.fleet.claim(pool);
  const { container, at: host } = running.claimed;
  deps.fleet.markBusy(container);
  log.info('container replaced before the job', { container, pool });
  await deps.runners.update(runner.id, { container, host });
}

/** Delivers what is still on its way, completes at GitHub, then closes the book. Never throws. */
async function conclude(
  running: RunningJob,
  result: JobResult,
  lease: JobLease | null,
): Promise<void> {
  const { runner, job, book, reporting, claimed } = running;
  const { deps, log, numbers } = runner;
  const limitMs = numbers.drainReportingMs;
  if (claimed !== runner.claimed) await deps.fleet.release(claimed.container);
  await withinTime({ clock: deps.clock, log }, limitMs, 'reports', () => reporting.drain());
  await withinTime({ clock: deps.clock, log }, limitMs, 'console', () => job.results.close());
  await book.saveOutputs(publicOutputs(result));
  // GitHub's own report may follow at once and would hide why a job failed that did nothing wrong.
  if (result.failure !== undefined) await enterEnd(running, result, result.failure);
  const refused = await complete(running, result);
  await lease?.stop();
  if (result.failure === undefined) await enterEnd(running, result, refused);
  await deps.runners.update(runner.runner.id, { ticket: null }).catch((error: unknown) => {
    log.warn('completion ticket not cleared', { detail: messageOf(error) });
  });
}

async function enterEnd(
  { runner, book }: RunningJob,
  result: JobResult,
  failure: JobResult['failure'] | null,
): Promise<void> {
  const completedAt = isoNow(runner.deps.clock);
  const measured = {
    ...(result.usage === undefined ? {} : { usage: result.usage }),
    ...(result.egress === undefined ? {} : { egress: result.egress }),
  };
  if (!failure) {
    const event = { kind: 'completed', conclusion: result.conclusion } as const;
    await book.enter(event, { completedAt, ...measured });
    return;
  }
  const { kind, detail } = failure;
  await book.enter(
    { kind: 'completed', conclusion: 'failure', failure: kind },
    { completedAt, failureDetail: detail, ...measured },
  );
}

/** completejob with its retries; why GitHub did not take the result, or null. */
async function complete(
  { runner, job }: RunningJob,
  result: JobResult,
): Promise<JobResult['failure'] | null> {
  try {
    await job.complete(buildCompletion(job.message, result));
    return null;
  } catch (error) {
    runner.log.error('job not completed at github', { detail: messageOf(error) });
    const kind = isAppError(error, 'job-gone') ? 'lease-lost' : 'infrastructure';
    return { kind, detail: `GitHub did not take the result of the job: ${messageOf(error)}` };
  }
}
