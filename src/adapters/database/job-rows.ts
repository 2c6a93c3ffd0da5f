import type { JobStatus } from '../../domain/job-lifecycle.ts';
import { type JobTimestamps, NO_TIMESTAMPS, TIMESTAMP_NAMES } from '../../domain/timestamps.ts';
import type { JobChanges, JobIdentity, JobRecord, StepRow } from '../../ports/job-ledger.ts';
import type { jobSteps, jobs } from './schema.ts';

export type JobRow = typeof jobs.$inferSelect;
type JobValues = Partial<typeof jobs.$inferInsert>;

export const toIso = (instant: Date | null): string | null => instant?.toISOString() ?? null;
export const toDate = (iso: string | null): Date | null => (iso === null ? null : new Date(iso));

export function jobOfRow(row: JobRow): JobRecord {
  return {
    id: row.id,
    repository: row.repository,
    runId: row.run_id,
    runAttempt: row.run_attempt,
    workflow: row.workflow,
    name: row.name,
    labels: row.labels,
    headSha: row.head_sha,
    headBranch: row.head_branch,
    htmlUrl: row.html_url,
    ...statusOfRow(row),
    runner: row.runner,
    pool: row.pool,
    host: row.host,
    container: row.container,
    timestamps: timestampsOf(row),
    completedAt: toIso(row.completed_at),
    failureDetail: row.failure_detail,
    waitingSince: row.waiting === null ? null : toIso(row.waiting_since),
    priority: row.priority,
    hold: row.hold,
    usage: row.usage,
    egress: row.egress,
    revision: row.revision,
  };
}

export const statusOfRow = ({ state, conclusion, failure, waiting }: JobRow): JobStatus => ({
  state,
  conclusion,
  failure,
  waiting,
});

function timestampsOf(row: JobRow): JobTimestamps {
  const found = TIMESTAMP_NAMES.map((name) => [name, toIso(row[name])] as const);
  return { ...NO_TIMESTAMPS, ...Object.fromEntries(found) };
}

export const identityValues = (identity: JobIdentity) => ({
  id: identity.id,
  repository: identity.repository,
  run_id: identity.runId,
  run_attempt: identity.runAttempt,
  workflow: identity.workflow,
  name: identity.name,
  labels: [...identity.labels],
  head_sha: identity.headSha,
  head_branch: identity.headBranch,
  html_url: identity.htmlUrl,
});

export const statusValues = ({ state, conclusion, failure, waiting }: JobStatus) => ({
  state,
  conclusion,
  failure,
  waiting,
});

/** The columns that changes set. `queued_at` and `webhook_received_at` stay as they were first set. */
export function changedValues(changes: JobChanges, row: JobRow): JobValues {
  const values: JobValues = { ...changes.placement };
  for (const name of TIMESTAMP_NAMES) {
    const instant = changes.timestamps?.[name];
    if (instant === undefined) continue;
    const isOnce = name === 'queued_at' || name === 'webhook_received_at';
    if (!isOnce || row[name] === null) values[name] = toDate(instant);
  }
  if (changes.failureDetail !== undefined) values.failure_detail = changes.failureDetail;
  if (changes.usage !== undefined) values.usage = changes.usage;
  if (changes.egress !== undefined) values.egress = changes.egress;
  if (changes.completedAt !== undefined) values.completed_at = toDate(changes.completedAt);
  return values;
}

export const stepOfRow = (row: typeof jobSteps.$inferSelect): StepRow => ({
  number: row.number,
  name: row.name,
  conclusion: row.conclusion,
  outcome: row.outcome,
  startedAt: toIso(row.started_at),
  completedAt: toIso(row.completed_at),
});
