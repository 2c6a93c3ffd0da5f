import type { Job, Repository, Run } from './model.ts';
import type { Annotation } from './run-parts.ts';

/** GitHub's own App for Actions, whose check runs the jobs are. */
export const ACTIONS_APP_ID = 15_368;

/** What an App says of a commit. */
export interface CheckRun {
  readonly id: number;
  readonly repository: Repository;
  readonly appId: number;
  readonly suiteId: number;
  readonly headSha: string;
  name: string;
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
  conclusion: string | null;
  startedAt: number | null;
  completedAt: number | null;
  detailsUrl: string | null;
  externalId: string;
  output: {
    readonly title: string | null;
    readonly summary: string | null;
    readonly text: string | null;
  };
  annotations: readonly Annotation[];
}

/** All check runs of an App for a commit. That of Actions is there for every workflow run. */
export interface CheckSuite {
  readonly id: number;
  readonly repository: Repository;
  readonly appId: number;
  readonly headSha: string;
  readonly createdAt: number;
}

export interface CommitStatus {
  readonly id: number;
  readonly repositoryId: number;
  readonly sha: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: string;
  readonly createdAt: number;
}

/** A job as the check run that it also is; both have the same id (protocol I.1). */
export const checkOfJob = (job: Job): CheckRun => ({
  id: job.id,
  repository: job.run.repository,
  appId: ACTIONS_APP_ID,
  suiteId: job.run.id,
  headSha: job.run.headSha,
  name: job.leg.displayName,
  status: job.status === 'held' ? 'queued' : job.status,
  conclusion: job.conclusion,
  startedAt: job.startedAt ?? job.queuedAt ?? job.createdAt,
  completedAt: job.completedAt,
  detailsUrl: null,
  externalId: job.backendId,
  output: { title: null, summary: null, text: null },
  annotations: job.annotations,
});

/** What shows the problems of a run whose file has some; none where the run could start. */
export const checkOfStartup = (run: Run): readonly CheckRun[] =>
  run.startupCheck === null
    ? []
    : [
        {
          id: run.startupCheck.id,
          repository: run.repository,
          appId: ACTIONS_APP_ID,
          suiteId: run.id,
          headSha: run.headSha,
          name: run.name,
          status: 'completed',
          conclusion: 'failure',
          startedAt: run.startedAt,
          completedAt: run.updatedAt,
          detailsUrl: null,
          externalId: '',
          output: { title: null, summary: null, text: null },
          annotations: run.startupCheck.annotations,
        },
      ];
