import { type JobReport, type JobStatus, mergeReport } from './job-lifecycle.ts';

/**
 * Every way in which the ledger, GitHub and the runners can disagree, by name. A closed set: metrics
 * and documents list it.
 *
 * `job-unknown`      GitHub has a job that the ledger has never heard of. Mended: taken in.
 * `job-behind`       GitHub is further with a job than the ledger. Mended: merged.
 * `job-ahead`        The ledger has concluded a job that GitHub still waits for. Left: its lease runs out.
 * `job-gone`         The ledger waits for a job that GitHub does not know. Mended: cancelled.
 * `owner-gone`       A job's runner ended before the job. Mended: queued again, or failed.
 * `runner-left`      A runner that has ended here is still registered. Mended: removed.
 * `runner-busy`      A runner that has ended here has a job, says GitHub. Left: never stopped by us.
 * `delivery-missed`  GitHub could not deliver a webhook. Mended: asked to deliver it again.
 */
export const DISCREPANCY_KINDS = [
  'job-unknown',
  'job-behind',
  'job-ahead',
  'job-gone',
  'owner-gone',
  'runner-left',
  'runner-busy',
  'delivery-missed',
] as const;

export type DiscrepancyKind = (typeof DISCREPANCY_KINDS)[number];

/** What the ledger's status of a job, or its absence, means beside GitHub's report; null: they agree. */
export function compareJob(
  known: JobStatus | null,
  report: JobReport,
): Extract<DiscrepancyKind, 'job-unknown' | 'job-behind' | 'job-ahead'> | null {
  // A job that ended before we heard of it needs nothing from us.
  if (known === null) return report.status === 'completed' ? null : 'job-unknown';
  if (known.state === 'completed') return report.status === 'completed' ? null : 'job-ahead';
  return mergeReport(known, report) === known ? null : 'job-behind';
}

/** What a runner that GitHub has registered means beside our record of it; null: they agree. */
export function compareRunner(
  state: 'starting' | 'idle' | 'busy' | 'gone',
  registered: { readonly busy: boolean },
): Extract<DiscrepancyKind, 'runner-left' | 'runner-busy'> | null {
  if (state !== 'gone') return null;
  return registered.busy ? 'runner-busy' : 'runner-left';
}
