import { randomUUID } from 'node:crypto';
import { evaluateToken } from '../../actions/template-token.ts';
import type { PlannedLeg } from '../../actions/workflow-plan.ts';
import type { Job, JobGroup, Run } from '../state/model.ts';
import { newGitHubToken, type Store } from '../state/store.ts';

/** A job that nobody has heard of yet. */
export function newJob(store: Store, run: Run, group: JobGroup, leg: PlannedLeg, now: number): Job {
  const job: Job = {
    id: store.nextId(),
    backendId: randomUUID(),
    run,
    group,
    leg,
    matrix: leg.matrix,
    createdAt: now,
    status: 'pending',
    conclusion: null,
    queuedAt: null,
    startedAt: null,
    completedAt: null,
    runner: null,
    offeredTo: null,
    lastOfferedTo: null,
    scaleSetId: null,
    githubToken: newGitHubToken(),
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
  group.jobs.push(job);
  return job;
}

/**
 * The leg of a job that is never planned, because it is skipped or its plan failed. It has no labels,
 * as in GitHub's events for such jobs (protocol I.3).
 */
export function unplannedLeg(group: JobGroup): PlannedLeg {
  const { name, id } = group.definition;
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
  };
}
