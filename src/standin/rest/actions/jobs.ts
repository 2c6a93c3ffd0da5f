import { notFound } from '../../http/refusal.ts';
import { jobJson } from '../../present/runs.ts';
import { jobLogName } from '../../results/blobs.ts';
import { jobOf } from '../lookup.ts';
import { type Answer, type Call, type Operation, ok, redirect } from '../operation.ts';

const JOB = '/repos/{owner}/{repo}/actions/jobs/{job_id}';

/** Jobs of workflow runs, and their logs. */
export const JOB_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/get-job-for-workflow-run',
    method: 'GET',
    path: JOB,
    access: 'actions=read',
    answer: (call) => ok(jobJson(jobOf(call), call.url)),
  },
  {
    id: 'actions/download-job-logs-for-workflow-run',
    method: 'GET',
    path: `${JOB}/logs`,
    access: 'actions=read',
    answer: logs,
  },
];

async function logs(call: Call): Promise<Answer> {
  const { blobs } = call.world;
  const name = jobLogName(jobOf(call));
  if ((await blobs.sizeOf(name)) === null) throw notFound();
  return redirect(`${call.url}${blobs.signedPath(name, 'r')}`);
}
