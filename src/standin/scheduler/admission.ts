import type { Job } from '../state/model.ts';
import { type Conclude, note, type SchedulerDeps } from './conclude.ts';
import { refName } from './contexts.ts';
import type { Deployments } from './deployments.ts';
import { environmentNamed, gateOf, mayDeploy } from './environments.ts';

/** A job that no runner took in this time is cancelled (protocol A.1). */
const QUEUE_LIMIT_MS = 24 * 3_600_000;

export type Admission = ReturnType<typeof createAdmission>;

/**
 * The last steps before a job waits for a runner: its environment has to let it in, by its branch,
 * after a time, or because somebody agrees.
 */
export function createAdmission(deps: SchedulerDeps, deployments: Deployments, conclude: Conclude) {
  const { store, clock, timers, announce, log } = deps;
  timers.on('queue', (job) => {
    job.annotations.push(
      note('failure', 'The job was not acquired by a runner within 24 hours, and was cancelled.'),
    );
    conclude(job, 'cancelled');
  });
  timers.on('gate', (job) => {
    if (job.gate === null) return;
    job.gate.waitsUntil = null;
    pass(job);
  });

  function enqueue(job: Job): void {
    job.status = 'queued';
    job.queuedAt = clock.now();
    store.queue.add(job);
    timers.set('queue', job, QUEUE_LIMIT_MS);
    log.info('job queued', { job: job.id, name: job.leg.displayName, labels: job.leg.labels });
    deployments.move(job, 'queued');
    announce.job('queued', job);
  }

  function refuse(job: Job, environment: string): void {
    const name = refName(job.run.ref);
    const kind = job.run.ref.startsWith('refs/tags/') ? 'Tag' : 'Branch';
    job.annotations.push(
      note(
        'failure',
        `${kind} "${name}" is not allowed to deploy to ${environment} due to environment protection rules.`,
      ),
    );
    conclude(job, 'failure');
  }

  function pass(job: Job): void {
    const { gate } = job;
    if (job.status !== 'waiting' || gate === null) return;
    if (!gate.needsApproval && gate.waitsUntil === null) enqueue(job);
  }

  function hold(job: Job): void {
    job.status = 'waiting';
    const until = job.gate?.waitsUntil ?? null;
    if (until !== null) timers.set('gate', job, until - clock.now());
    log.info('job waits for its environment', { job: job.id, environment: job.gate?.environment });
    announce.job('waiting', job);
  }

  return {
    /** The job has its concurrency group: it goes on to its environment, or to the queue. */
    admit(job: Job): void {
      const wanted = job.leg.environment;
      if (wanted === null) {
        enqueue(job);
        return;
      }
      const { repository, ref } = job.run;
      const environment = environmentNamed(store, repository, wanted.name, clock.now());
      if (!mayDeploy(environment, repository, ref)) {
        refuse(job, environment.name);
        return;
      }
      job.gate = gateOf(environment, clock.now());
      if (wanted.deployment) {
        deployments.begin(job, environment.name, job.gate === null ? 'queued' : 'waiting');
      }
      if (job.gate === null) enqueue(job);
      else hold(job);
    },
    /** Somebody has agreed to, or refused, the deployment that the job waits for. */
    review(job: Job, isApproved: boolean): void {
      if (job.status !== 'waiting' || job.gate === null) return;
      job.gate.needsApproval = false;
      if (isApproved) pass(job);
      else conclude(job, 'failure');
    },
  };
}
