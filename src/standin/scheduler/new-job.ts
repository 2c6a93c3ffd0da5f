import { randomUUID } from 'node:crypto';
import { evaluateToken } from '../../actions/template-token.ts';
import type { PlannedLeg } from '../../actions/workflow-plan.ts';
import type { Job, JobGroup, Run } from '../state/model.ts';
import { newGitHubToken, type Store } from '../state/store.ts';
import { permissionsOfJob } from './job-permissions.ts';
import { namePrefix } from './tree.ts';

/** A job that nobody has heard of yet. `leg` has the name that it has within its own workflow. */
export function newJob(store: Store, group: JobGroup, leg: PlannedLeg, now: number): Job {
  const { scope } = group;
  const job = bareJob(
    store,
    scope.run,
    group,
    {
      ...leg,
      displayName: `${namePrefix(scope)}${leg.displayName}`,
    },
    now,
  );
  group.jobs.push(job);
  return job;
}

/** The same job once more, for another attempt; its leg is named already. */
export function sameJobAgain(store: Store, group: JobGroup, { leg }: Job, now: number): Job {
  const job = bareJob(store, group.scope.run, group, leg, now);
  group.jobs.push(job);
  return job;
}

function bareJob(store: Store, run: Run, group: JobGroup, leg: PlannedLeg, now: number): Job {
  const job: Job = {
    kind: 'job',
    id: store.nextId(),
    backendId: randomUUID(),
    run,
    group,
    leg,
    matrix: leg.matrix,
    createdAt: now,
    status: 'held',
    conclusion: null,
    queuedAt: null,
    startedAt: null,
    completedAt: null,
    runner: null,
    offeredTo: null,
    lastOfferedTo: null,
    scaleSetId: null,
    githubToken: newGitHubToken(),
    permissions: permissionsOfJob(group),
    gate: null,
    deploymentId: null,
    environmentUrl: null,
    report: null,
    wishes: leg.concurrency === null ? [] : [leg.concurrency],
    claims: [],
    lockedUntil: null,
    cancellation: null,
    steps: new Map(),
    lastChangeOrder: 0,
    outputs: {},
    annotations: [],
    console: [],
  };
  store.jobs.set(job.id, job);
  store.jobsByBackendId.set(job.backendId, job);
  return job;
}

/**
 * The leg of a job that is never planned, because it is skipped or its plan failed. It has no labels,
 * as in GitHub's events for such jobs (protocol I.3).
 */
export function unplannedLeg({ definition: { name, id } }: JobGroup): PlannedLeg {
  const isExpression = typeof name === 'object' && name !== null && name.type === 3;
  return {
    matrix: null,
    strategy: {},
    displayName: name === undefined || isExpression ? id : String(evaluateToken(name, {})),
    jobName: '__default',
    labels: [],
    group: null,
    timeoutMinutes: 0,
    continueOnError: false,
    concurrency: null,
    environment: null,
  };
}
