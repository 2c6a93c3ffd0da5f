import type { NeedResult } from '../../actions/workflow-status.ts';
import type { StandinClock } from '../dependencies.ts';
import type { Deployment, DeploymentStatus } from '../state/environments.ts';
import type { Job } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Announcer } from './conclude.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly announce: Announcer;
}

export type Deployments = ReturnType<typeof createDeployments>;

const AT_THE_END: Readonly<Record<NeedResult, DeploymentStatus['state']>> = {
  success: 'success',
  failure: 'failure',
  cancelled: 'error',
  skipped: 'inactive',
};

/** Keeps the record of what jobs deploy where (deployments API), from the wait to the end. */
export function createDeployments({ store, clock, announce }: Deps) {
  function add(deployment: Deployment, job: Job, state: DeploymentStatus['state']): void {
    const status = {
      id: store.nextSmallId(),
      state,
      createdAt: clock.now(),
      environmentUrl: job.environmentUrl ?? '',
    };
    deployment.statuses.push(status);
    deployment.updatedAt = status.createdAt;
    announce.deploymentStatus(deployment, status, job);
  }

  /** A success makes the successes before it, of the same environment, inactive. */
  function retire(current: Deployment): void {
    for (const each of store.deployments.values()) {
      const isOlder = each.repositoryId === current.repositoryId && each.id < current.id;
      const isSame = each.environment.toLowerCase() === current.environment.toLowerCase();
      if (!isOlder || !isSame || each.statuses.at(-1)?.state !== 'success') continue;
      const job = store.jobs.get(each.jobId);
      if (job !== undefined) add(each, job, 'inactive');
    }
  }

  function move(job: Job, state: DeploymentStatus['state']): void {
    const deployment =
      job.deploymentId === null ? undefined : store.deployments.get(job.deploymentId);
    if (deployment === undefined) return;
    if (deployment.statuses.at(-1)?.state === state) return;
    add(deployment, job, state);
    if (state === 'success') retire(deployment);
  }

  return {
    move,
    /** Makes the record of a job that is about to deploy. */
    begin(job: Job, environment: string, state: 'waiting' | 'queued'): void {
      const { run } = job;
      const now = clock.now();
      const deployment: Deployment = {
        id: store.nextSmallId(),
        repositoryId: run.repository.id,
        ref: run.headRef,
        sha: run.sha,
        environment,
        jobId: job.id,
        runId: run.id,
        creator: run.actor,
        createdAt: now,
        updatedAt: now,
        statuses: [],
      };
      store.deployments.set(deployment.id, deployment);
      job.deploymentId = deployment.id;
      announce.deployment(deployment, job);
      add(deployment, job, state);
    },
    end: (job: Job, conclusion: NeedResult): void => move(job, AT_THE_END[conclusion]),
  };
}
