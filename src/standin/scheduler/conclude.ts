import type { NeedResult } from '../../actions/workflow-status.ts';
import type { StandinClock, StandinLog } from '../dependencies.ts';
import { wireTime } from '../dependencies.ts';
import type { Deployment, DeploymentStatus } from '../state/environments.ts';
import type { Job, Run, Runner } from '../state/model.ts';
import { wake } from '../state/open-polls.ts';
import type { Annotation } from '../state/run-parts.ts';
import type { Store } from '../state/store.ts';
import type { JobTimers } from './job-timers.ts';
import type { Offers } from './offers.ts';

/** Who is told of every change: the webhooks. */
export interface Announcer {
  job(action: 'waiting' | 'queued' | 'in_progress' | 'completed', job: Job): void;
  run(action: 'requested' | 'in_progress' | 'completed', run: Run): void;
  deployment(deployment: Deployment, job: Job): void;
  deploymentStatus(deployment: Deployment, status: DeploymentStatus, job: Job): void;
}

export interface SchedulerDeps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly timers: JobTimers;
  readonly offers: Offers;
  readonly announce: Announcer;
  readonly log: StandinLog;
}

export type Conclude = (job: Job, conclusion: NeedResult) => void;

/**
 * Ends a runner's session, if it has one. A job that was offered goes to somebody else; one that was
 * acquired stays until its lease ends.
 */
export function endSession(store: Store, offers: Offers, runner: Runner): void {
  const offered = runner.offer === null ? undefined : store.jobs.get(runner.offer.jobId);
  if (offered !== undefined) offers.withdraw(offered);
  wake(runner);
  runner.seenAt = runner.session?.lastSeenAt ?? runner.seenAt;
  runner.session = null;
  offers.offerJobs();
}

/** Forgets a runner; its session ends with it, and its next poll hears that it is gone. */
export function removeRunner(store: Store, offers: Offers, runner: Runner): void {
  offers.forget(runner);
  store.runners.delete(runner.id);
  endSession(store, offers, runner);
}

/**
 * The one way in which a job ends. A job ends once; later calls change nothing. An ephemeral runner
 * takes no second one and is removed.
 */
export function createConclude(deps: SchedulerDeps, onConcluded: (job: Job) => void): Conclude {
  const { store, clock, timers, offers, announce, log } = deps;
  return (job, conclusion) => {
    if (job.status === 'completed') return;
    const from = job.status;
    timers.clearAll(job);
    offers.withdraw(job);
    store.queue.delete(job);
    job.status = 'completed';
    job.conclusion = conclusion;
    job.completedAt = clock.now();
    job.lockedUntil = null;
    closeSteps(job, clock);
    const runner = job.runner === null ? undefined : store.runners.get(job.runner.id);
    if (runner?.jobId === job.id) {
      runner.jobId = null;
      if (runner.ephemeral) removeRunner(store, offers, runner);
      else offers.ready(runner);
      offers.offerJobs();
    }
    log.info('job completed', { job: job.id, name: job.leg.displayName, from, conclusion });
    announce.job('completed', job);
    onConcluded(job);
  };
}

/** Steps that a vanished runner left open. */
function closeSteps(job: Job, clock: StandinClock): void {
  for (const step of job.steps.values()) {
    if (step.status === 'completed') continue;
    step.conclusion = step.status === 'pending' ? 'skipped' : 'cancelled';
    step.status = 'completed';
    step.completedAt = wireTime(clock.now());
  }
}

/** An annotation of the server's own. */
export const note = (level: 'failure' | 'warning', message: string): Annotation => ({
  level,
  message,
  title: null,
  path: '.github',
  startLine: 1,
  endLine: 1,
});
