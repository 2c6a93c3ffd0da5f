import type { NeedResult } from '../../actions/workflow-status.ts';
import { runServiceError } from '../http/refusal.ts';
import type { Job, Runner } from '../state/model.ts';
import { hasBegun } from './advance.ts';
import type { Cancel } from './cancel.ts';
import { type Conclude, note, type SchedulerDeps } from './conclude.ts';
import type { Deployments } from './deployments.ts';

/** How long a job stays with a runner that does not renew it (protocol C.2). */
const LEASE_MS = 10 * 60_000;

/** The life of a job at the run service: acquired, renewed, completed, or lost (protocol C). */
export function createLeases(
  deps: SchedulerDeps,
  deployments: Deployments,
  cancel: Cancel,
  conclude: Conclude,
) {
  const { store, clock, timers, offers, announce, log } = deps;

  timers.on('lease', (job) => lose(job));
  timers.on('timeout', (job) => {
    const minutes = job.leg.timeoutMinutes;
    const why = `The job has exceeded the maximum execution time of ${minutes} minutes.`;
    cancel.cancelJob(job, why);
  });

  function lose(job: Job): void {
    const runner = job.runner?.name;
    log.warn('job lost', { job: job.id, runner });
    const what = `The self-hosted runner: ${runner} lost communication with the server. Verify the machine is running and has a healthy network connection. Anything in your workflow that terminates the runner process, starves it for CPU/Memory, or blocks its network access can cause this error.`;
    job.annotations.push(note('failure', what));
    conclude(job, 'failure');
  }

  function extend(job: Job): number {
    job.lockedUntil = clock.now() + LEASE_MS;
    timers.set('lease', job, LEASE_MS);
    return job.lockedUntil;
  }

  function begin(job: Job, runner: Runner): void {
    offers.withdraw(job);
    store.queue.delete(job);
    timers.clear('queue', job);
    job.status = 'in_progress';
    job.startedAt = clock.now();
    job.runner = { id: runner.id, name: runner.name, groupId: runner.groupId };
    runner.jobId = job.id;
    extend(job);
    timers.set('timeout', job, job.leg.timeoutMinutes * 60_000);
  }

  return {
    /** Ends a job whose runner is not heard of any more. */
    lose,
    /** Gives an offered job to the runner that asks for it. Throws the errors of protocol C.1. */
    acquire(runner: Runner, backendId: string): Job {
      const job = store.jobsByBackendId.get(backendId);
      if (job === undefined || job.status === 'completed') {
        throw runServiceError(404, 'job not found');
      }
      if (job.status === 'in_progress') throw runServiceError(409, 'job already acquired');
      if (job.offeredTo !== runner.id || runner.jobId !== null) {
        throw runServiceError(404, 'job is not assigned to this runner');
      }
      const { run } = job;
      const isFirst = !hasBegun(run);
      begin(job, runner);
      log.info('job acquired', { job: job.id, runner: runner.name });
      run.updatedAt = clock.now();
      run.status = 'in_progress';
      if (isFirst) announce.run('in_progress', run);
      deployments.move(job, 'in_progress');
      announce.job('in_progress', job);
      return job;
    },
    /** Keeps the job; the instant until which it is kept. */
    renew(job: Job): number {
      if (job.status !== 'in_progress') throw runServiceError(404, 'workflow instance not found');
      return extend(job);
    },
    complete(job: Job, conclusion: NeedResult, outputs: Readonly<Record<string, string>>): void {
      if (job.status !== 'in_progress') throw runServiceError(404, 'workflow instance not found');
      job.outputs = outputs;
      conclude(job, conclusion);
    },
  };
}
