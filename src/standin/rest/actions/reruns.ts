import { z } from 'zod';
import { ACTOR } from '../../events/payloads.ts';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { jobJson, runJson } from '../../present/runs.ts';
import type { Rerun } from '../../scheduler/rerun.ts';
import { jobsOf } from '../../scheduler/tree.ts';
import type { Job, Run } from '../../state/model.ts';
import { jobOf, numberOf, runOf, visibleJobs } from '../lookup.ts';
import { type Answer, type Call, created, listed, type Operation, ok } from '../operation.ts';

const RUN = '/repos/{owner}/{repo}/actions/runs/{run_id}';
const ATTEMPT = `${RUN}/attempts/{attempt_number}`;
const JOB = '/repos/{owner}/{repo}/actions/jobs/{job_id}';

const rerunBody = z.looseObject({ enable_debug_logging: z.boolean().default(false) });

/** Runs again: whole, by failed jobs or by one job; their earlier attempts, and leave to begin at all. */
export const RERUN_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/re-run-workflow',
    method: 'POST',
    path: `${RUN}/rerun`,
    access: 'actions=write',
    answer: (call) => again(call, runOf(call), { kind: 'all' }),
  },
  {
    id: 'actions/re-run-workflow-failed-jobs',
    method: 'POST',
    path: `${RUN}/rerun-failed-jobs`,
    access: 'actions=write',
    answer: (call) => again(call, runOf(call), { kind: 'failed' }),
  },
  {
    id: 'actions/re-run-job-for-workflow-run',
    method: 'POST',
    path: `${JOB}/rerun`,
    access: 'actions=write',
    answer: (call) => {
      const job = jobOf(call);
      return again(call, newestOf(call, job), { kind: 'job', job });
    },
  },
  {
    id: 'actions/get-workflow-run-attempt',
    method: 'GET',
    path: ATTEMPT,
    access: 'actions=read',
    answer: (call) => ok(runJson(attemptOf(call), call.url)),
  },
  {
    id: 'actions/list-jobs-for-workflow-run-attempt',
    method: 'GET',
    path: `${ATTEMPT}/jobs`,
    access: 'actions=read',
    answer: (call) =>
      listed(call, 'jobs', visibleJobs(attemptOf(call)), (job) => jobJson(job, call.url)),
  },
  {
    id: 'actions/approve-workflow-run',
    method: 'POST',
    path: `${RUN}/approve`,
    access: 'actions=write',
    answer: (call) => {
      const run = runOf(call);
      if (run.conclusion !== 'action_required') {
        throw githubError(403, 'This run is not from a fork pull request');
      }
      call.world.scheduler.approve(run);
      return created({});
    },
  },
];

function again(call: Call, run: Run, what: Rerun): Answer {
  const { enable_debug_logging: debug } = bodyOf(call.request, rerunBody);
  call.world.scheduler.startAgain(run, what, { actor: ACTOR, debug });
  return created({});
}

/** The newest attempt that a job is part of. */
function newestOf({ world: { store } }: Call, job: Job): Run {
  const run = store.runs.get(job.run.id);
  if (run === undefined || !jobsOf(run).includes(job)) {
    throw githubError(403, 'This job belongs to an attempt that is not the latest one');
  }
  return run;
}

function attemptOf(call: Call): Run {
  const wanted = numberOf(call, 'attempt_number');
  for (let run: Run | null = runOf(call); run !== null; run = run.previous) {
    if (run.attempt === wanted) return run;
  }
  throw notFound();
}
