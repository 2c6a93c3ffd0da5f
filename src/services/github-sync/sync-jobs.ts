import { compareJob } from '../../domain/discrepancy.ts';
import type { JobId } from '../../domain/ids.ts';
import { isRefused, type JobState } from '../../domain/job-lifecycle.ts';
import { isoNow } from '../../ports/clock.ts';
import type { JobRecord, ReportedJob } from '../../ports/job-ledger.ts';
import { note, type SyncDeps } from './sync-deps.ts';

export interface JobsSeen {
  /** Jobs that we first heard of now, although a webhook was due. */
  readonly missed: number;
  readonly looked: number;
}

/** Younger jobs may have a webhook on its way. */
const GRACE_MS = 10_000;
const UNFINISHED: readonly JobState[] = ['queued', 'assigned', 'preparing', 'running'];
const MOST_JOBS = 1_000;

/**
 * Compares the jobs of a repository's unfinished runs with the ledger, and the ledger's unfinished
 * jobs with GitHub. `suspects` are jobs that GitHub did not know last time; the answer has those of
 * this time, since only what is missing twice is settled.
 */
export async function syncJobs(
  deps: SyncDeps,
  repository: string,
  suspects: ReadonlySet<JobId>,
): Promise<JobsSeen & { readonly suspects: ReadonlySet<JobId> }> {
  const runs = await deps.listing.unfinishedRuns(repository);
  const lists = await Promise.all(runs.map(({ id }) => deps.listing.jobsOf(repository, id)));
  const reported = lists.flat();
  const missed = await mergeAll(deps, reported);
  const seen = new Set(reported.map(({ identity }) => identity.id));
  const open = await deps.ledger.list({ states: UNFINISHED, repository, limit: MOST_JOBS });
  const next = new Set<JobId>();
  for (const job of open.filter(({ id }) => !seen.has(id))) {
    if (await askFor(deps, job, suspects.has(job.id))) next.add(job.id);
  }
  return { missed, looked: reported.length + open.length, suspects: next };
}

/** Merges reports into the ledger; says how many jobs a webhook should have told us of, but did not. */
export async function mergeAll(deps: SyncDeps, reports: readonly ReportedJob[]): Promise<number> {
  const known = new Map(
    (await deps.ledger.known(reports.map(({ identity }) => identity.id))).map((job) => [
      job.id,
      job,
    ]),
  );
  let missed = 0;
  for (const report of reports) {
    const kind = await merge(deps, known.get(report.identity.id) ?? null, report);
    if (kind === 'job-unknown' && isDue(report, deps.clock.now())) missed += 1;
  }
  return missed;
}

async function merge(deps: SyncDeps, known: JobRecord | null, report: ReportedJob) {
  const { id } = report.identity;
  const kind = compareJob(known, report.report);
  if (kind === null) return null;
  const isMended =
    kind !== 'job-ahead' && (await deps.ledger.recordReport(report, isoNow(deps.clock)));
  // A webhook that came in between has mended it: nothing disagreed.
  if (kind !== 'job-ahead' && !isMended) return null;
  await note(deps, kind, id, isMended);
  deps.live.publish({ kind: 'job', job: id });
  return kind;
}

const isDue = ({ queuedAt }: ReportedJob, now: number): boolean =>
  queuedAt !== null && Date.parse(queuedAt) < now - GRACE_MS;

/** Whether GitHub does not know the job, so that it is to be looked at again. */
async function askFor(deps: SyncDeps, job: JobRecord, isSuspect: boolean): Promise<boolean> {
  const found = await deps.listing.job(job.repository, numberOf(job.id));
  if (found !== null) {
    await merge(deps, job, found);
    return false;
  }
  // What one of our runners acquired is settled by its own way (lease, completion).
  if (job.state !== 'queued') return false;
  if (!isSuspect) return true;
  const after = await deps.ledger.apply(
    job.id,
    { kind: 'completed', conclusion: 'cancelled' },
    { failureDetail: 'GitHub no longer knows this job: its run was deleted.' },
  );
  await note(deps, 'job-gone', job.id, !isRefused(after));
  deps.live.publish({ kind: 'job', job: job.id });
  return false;
}

/** GitHub's `workflow_job.id`. */
const numberOf = (id: JobId): number => Number(id.slice('job_'.length));
