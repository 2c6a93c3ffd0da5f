import type { JobView } from '../cli/job-view.ts';
import type { ListedJob, StandinClient } from '../cli/standin-client.ts';
import { jobIdOf } from '../domain/ids.ts';
import { NO_TIMESTAMPS } from '../domain/timestamps.ts';
import { describeWaiting } from '../domain/waiting-reason.ts';
import type { JobLedger, JobRecord } from '../ports/job-ledger.ts';

/** One job as both sides know it: GitHub's list names it, the ledger knows its way. */
export interface SeenJob {
  readonly listed: ListedJob;
  readonly record: JobRecord | null;
  readonly view: JobView;
}

/** The jobs of some runs, in GitHub's order, joined with the ledger. */
export async function seeJobs(
  standin: StandinClient,
  ledger: JobLedger,
  repository: string,
  runs: readonly number[],
): Promise<readonly SeenJob[]> {
  const lists = await Promise.all(runs.map((run) => standin.jobs(repository, run)));
  return Promise.all(lists.flat().map((listed) => seeJob(ledger, listed)));
}

async function seeJob(ledger: JobLedger, listed: ListedJob): Promise<SeenJob> {
  const id = jobIdOf(listed.id);
  const record = await ledger.get(id);
  const steps = record === null ? [] : await ledger.steps(id);
  return { listed, record, view: { ...viewOf(listed, record), steps } };
}

function viewOf(listed: ListedJob, record: JobRecord | null): Omit<JobView, 'steps'> {
  const names = { workflow: listed.workflow_name, name: listed.name };
  if (record === null) {
    const done = listed.status === 'completed';
    return {
      ...names,
      state: done ? 'completed' : 'blocked',
      conclusion: listed.conclusion,
      waiting: null,
      timestamps: NO_TIMESTAMPS,
      completedAt: null,
    };
  }
  return {
    ...names,
    state: record.state,
    conclusion: record.conclusion,
    waiting: record.waiting === null ? null : describeWaiting(record.waiting),
    timestamps: record.timestamps,
    completedAt: record.completedAt,
  };
}

/** Both sides agree that every job is over. */
export const allOver = (jobs: readonly SeenJob[]): boolean =>
  jobs.length > 0 &&
  jobs.every(
    ({ listed, record }) =>
      listed.status === 'completed' && (record === null || record.state === 'completed'),
  );
