import { githubError } from '../../http/refusal.ts';
import { query } from '../../http/request.ts';
import { jobJson, runJson } from '../../present/runs.ts';
import type { Job, Run } from '../../state/model.ts';
import { repositoryOf, runOf, visibleJobs } from '../lookup.ts';
import {
  type Answer,
  accepted,
  type Call,
  listed,
  noContent,
  type Operation,
  ok,
} from '../operation.ts';
import { forgetRun } from './forget-run.ts';
import { matches } from './run-filters.ts';

const RUNS = '/repos/{owner}/{repo}/actions/runs';
const ONE = `${RUNS}/{run_id}`;

/** Workflow runs of a repository. */
export const RUN_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/list-workflow-runs-for-repo',
    method: 'GET',
    path: RUNS,
    access: 'actions=read',
    answer: (call) => listRuns(call, runsOf(call)),
  },
  {
    id: 'actions/get-workflow-run',
    method: 'GET',
    path: ONE,
    access: 'actions=read',
    answer: (call) => ok(runJson(runOf(call), call.url)),
  },
  {
    id: 'actions/delete-workflow-run',
    method: 'DELETE',
    path: ONE,
    access: 'actions=write',
    answer: async (call) => {
      const run = runOf(call);
      if (run.status !== 'completed') {
        throw githubError(403, 'Cannot delete a workflow run that is in progress');
      }
      await forgetRun(call.world, run);
      return noContent();
    },
  },
  {
    id: 'actions/list-jobs-for-workflow-run',
    method: 'GET',
    path: `${ONE}/jobs`,
    access: 'actions=read',
    answer: listJobs,
  },
  {
    id: 'actions/cancel-workflow-run',
    method: 'POST',
    path: `${ONE}/cancel`,
    access: 'actions=write',
    answer: (call) => cancel(call, call.world.scheduler.cancelRun),
  },
  {
    id: 'actions/force-cancel-workflow-run',
    method: 'POST',
    path: `${ONE}/force-cancel`,
    access: 'actions=write',
    answer: (call) => cancel(call, call.world.scheduler.forceCancelRun),
  },
  {
    id: 'actions/get-workflow-run-usage',
    method: 'GET',
    path: `${ONE}/timing`,
    access: 'actions=read',
    answer: (call) => ok(usageOf(runOf(call))),
  },
];

/** Runs of a repository, newest first. */
export function runsOf(call: Call): readonly Run[] {
  const repository = repositoryOf(call);
  return [...call.world.store.runs.values()]
    .filter((run) => run.repository === repository)
    .reverse();
}

export const listRuns = (call: Call, runs: readonly Run[]): Answer =>
  listed(
    call,
    'workflow_runs',
    runs.filter((run) => matches(run, call.request)),
    (run) => runJson(run, call.url),
  );

function listJobs(call: Call): Answer {
  const filter = query(call.request, 'filter') ?? 'latest';
  if (filter !== 'latest' && filter !== 'all') {
    throw githubError(422, `Invalid filter: ${filter}`);
  }
  const run = runOf(call);
  const jobs = filter === 'all' ? jobsOfAttempts(run) : visibleJobs(run);
  return listed(call, 'jobs', jobs, (job) => jobJson(job, call.url));
}

/** Jobs of all attempts, each once: those that did not run again are part of several. */
const jobsOfAttempts = (run: Run | null): readonly Job[] =>
  run === null ? [] : [...new Set([...visibleJobs(run), ...jobsOfAttempts(run.previous)])];

function cancel(call: Call, how: (run: Run) => void): Answer {
  const run = runOf(call);
  if (run.status === 'completed') {
    throw githubError(409, 'Cannot cancel a workflow run that is completed.');
  }
  how(run);
  return accepted();
}

/** Self-hosted runners cost nothing, so nothing is billable. */
const usageOf = (run: Run) => ({
  billable: {},
  ...(run.status === 'completed' ? { run_duration_ms: run.updatedAt - run.createdAt } : {}),
});
