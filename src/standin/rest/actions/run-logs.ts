import { Readable } from 'node:stream';
import { type Zippable, zipSync } from 'fflate';
import { githubError, notFound } from '../../http/refusal.ts';
import { jobLogName, stepLogName } from '../../results/blobs.ts';
import type { Job, Run } from '../../state/model.ts';
import { runOf, visibleJobs } from '../lookup.ts';
import { type Answer, type Call, noContent, type Operation, redirect } from '../operation.ts';
import { forgetLogs } from './forget-run.ts';

const LOGS = '/repos/{owner}/{repo}/actions/runs/{run_id}/logs';

/** The logs of all jobs of a run, as one zip archive behind a link that ends. */
export const RUN_LOG_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/download-workflow-run-logs',
    method: 'GET',
    path: LOGS,
    access: 'actions=read',
    answer: (call) => archive(call, runOf(call)),
  },
  {
    id: 'actions/delete-workflow-run-logs',
    method: 'DELETE',
    path: LOGS,
    access: 'actions=write',
    answer: async (call) => {
      const run = runOf(call);
      if (run.status !== 'completed') {
        throw githubError(403, 'Cannot delete logs of a workflow run that is in progress');
      }
      await forgetLogs(call.world, run);
      return noContent();
    },
  },
];

/** Made when it is asked for, because jobs of the run may still end. */
export async function archive({ world: { blobs }, url }: Call, run: Run): Promise<Answer> {
  const files: Zippable = {};
  for (const [index, job] of visibleJobs(run).entries()) {
    const log = await blobs.read(jobLogName(job));
    if (log === null) continue;
    files[`${index}_${fileName(job.leg.displayName)}.txt`] = log;
    Object.assign(files, await stepLogs(blobs, job));
  }
  if (Object.keys(files).length === 0) throw notFound();
  const name = `logs/${run.id}-${run.attempt}.zip`;
  await blobs.put(name, Readable.from([Buffer.from(zipSync(files))]));
  blobs.describe(name, { contentType: 'application/zip', fileName: `logs_${run.id}.zip` });
  return redirect(`${url}${blobs.signedPath(name, 'r')}`);
}

async function stepLogs(blobs: Call['world']['blobs'], job: Job): Promise<Zippable> {
  const files: Zippable = {};
  for (const step of job.steps.values()) {
    const log = await blobs.read(stepLogName(job, step.id));
    if (log === null) continue;
    files[`${fileName(job.leg.displayName)}/${step.number}_${fileName(step.name)}.txt`] = log;
  }
  return files;
}

/** Without what file systems refuse. */
const fileName = (name: string): string => name.replaceAll(/[\\/:*?"<>|\r\n]/g, '').slice(0, 90);
