import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import {
  isRefused,
  type JobEvent,
  type JobStatus,
  type Refused,
  transition,
} from '../../domain/job-lifecycle.ts';
import type { JobChanges, JobFilter, JobLedger, JobRecord } from '../../ports/job-ledger.ts';
import type { Database, Handle } from './connection.ts';
import { guarded } from './database-errors.ts';
import {
  changedValues,
  jobOfRow,
  statusOfRow,
  statusValues,
  stepOfRow,
  toDate,
} from './job-rows.ts';
import { OUTBOX_CHANNEL } from './outbox-channel.ts';
import { missingDeliveries, recordDelivery, recordReport } from './record-delivery.ts';
import { sinceOf } from './schedule-rows.ts';
import { jobSteps, jobs, outbox } from './schema.ts';

/** A job that is queued again has nothing of its lost runner; the next one writes its own facts. */
const UNPLACED = {
  runner: null,
  pool: null,
  host: null,
  container: null,
  decided_at: null,
  container_ready_at: null,
  runner_online_at: null,
  job_started_at: null,
  first_step_at: null,
  failure_detail: null,
};
const MAX_LIST = 1000;
/** A lost race means that somebody else got on, so this many losses in a row are a bug. */
const MAX_RACES = 100;

export function createJobLedger(db: Database): JobLedger {
  return {
    recordDelivery: (delivery, job) => guarded(() => recordDelivery(db, delivery, job)),
    recordReport: (job, askedAt) => guarded(() => recordReport(db, job, askedAt)),
    missingDeliveries: (ids) => guarded(() => missingDeliveries(db, ids)),
    get: (id) => guarded(() => getJob(db, id)),
    known: (ids) =>
      guarded(async () => {
        const rows = await db
          .select()
          .from(jobs)
          .where(inArray(jobs.id, [...ids]));
        return rows.map(jobOfRow);
      }),
    list: (filter) => guarded(() => listJobs(db, filter)),
    apply: (id, event, changes = {}) => guarded(() => applyEvent(db, id, event, changes)),
    note: (id, changes) => guarded(() => noteChanges(db, id, changes)),
    setWaiting: (id, reason) =>
      guarded(async () => {
        await db
          .update(jobs)
          .set({
            waiting: reason,
            waiting_since: sinceOf(reason.code),
            revision: sql`${jobs.revision} + 1`,
          })
          .where(
            and(
              eq(jobs.id, id),
              eq(jobs.state, 'queued'),
              sql`${jobs.waiting} is distinct from ${JSON.stringify(reason)}::jsonb`,
            ),
          );
      }),
    ...stepsOf(db),
    ...outputsOf(db),
  };
}

async function getJob(db: Handle, id: JobId): Promise<JobRecord | null> {
  const [row] = await db.select().from(jobs).where(eq(jobs.id, id));
  return row === undefined ? null : jobOfRow(row);
}

async function listJobs(db: Handle, filter: JobFilter): Promise<readonly JobRecord[]> {
  const wanted: SQL[] = [];
  if (filter.states !== undefined) wanted.push(inArray(jobs.state, [...filter.states]));
  if (filter.repository !== undefined) wanted.push(eq(jobs.repository, filter.repository));
  if (filter.runId !== undefined) wanted.push(eq(jobs.run_id, filter.runId));
  const rows = await db
    .select()
    .from(jobs)
    .where(and(...wanted))
    .orderBy(desc(jobs.recorded_at), desc(jobs.id))
    .limit(Math.min(Math.max(1, filter.limit), MAX_LIST));
  return rows.map(jobOfRow);
}

/** Reads, decides, and saves where the revision is still the one that was read; else once more. */
async function applyEvent(
  db: Database,
  id: JobId,
  event: JobEvent,
  changes: JobChanges,
): Promise<JobRecord | Refused> {
  for (let race = 0; race < MAX_RACES; race++) {
    const [row] = await db.select().from(jobs).where(eq(jobs.id, id));
    if (row === undefined) return { refused: `the job ${id} is unknown` };
    const next = transition(statusOfRow(row), event);
    if (isRefused(next)) return next;
    const values = {
      ...statusValues(next),
      ...(next.state === 'completed' ? { completed_at: sql`now()` } : {}),
      ...changedValues(changes, row),
      ...(next.state === 'queued' ? UNPLACED : {}),
      revision: row.revision + 1,
    };
    const saved = await saveAt(db, row.id, row.revision, values, next);
    if (saved !== undefined) return saved;
  }
  throw new AppError('conflict', `The job ${id} changes too often.`, { retryable: true });
}

type Values = Parameters<ReturnType<Handle['update']>['set']>[0];

/** A job that is queued again needs the dispatcher, so it goes into the outbox in the same commit. */
async function saveAt(
  db: Database,
  id: JobId,
  revision: number,
  values: Values,
  next: JobStatus,
): Promise<JobRecord | undefined> {
  const save = async (handle: Handle) => {
    const [saved] = await handle
      .update(jobs)
      .set(values)
      .where(and(eq(jobs.id, id), eq(jobs.revision, revision)))
      .returning();
    return saved === undefined ? undefined : jobOfRow(saved);
  };
  if (next.state !== 'queued') return save(db);
  return db.transaction(async (tx) => {
    const saved = await save(tx);
    if (saved === undefined) return undefined;
    await tx.insert(outbox).values({ job: id });
    await tx.execute(sql`select pg_notify(${OUTBOX_CHANNEL}, '')`);
    return saved;
  });
}

async function noteChanges(db: Database, id: JobId, changes: JobChanges): Promise<void> {
  await db.transaction(async (tx) => {
    const [row] = await tx.select().from(jobs).where(eq(jobs.id, id)).for('update');
    if (row === undefined) return;
    const values = { ...changedValues(changes, row), revision: row.revision + 1 };
    await tx.update(jobs).set(values).where(eq(jobs.id, id));
  });
}

const stepsOf = (db: Database): Pick<JobLedger, 'saveStep' | 'steps'> => ({
  saveStep: (job, step) =>
    guarded(async () => {
      const values = {
        name: step.name,
        conclusion: step.conclusion,
        outcome: step.outcome,
        started_at: toDate(step.startedAt),
        completed_at: toDate(step.completedAt),
      };
      await db
        .insert(jobSteps)
        .values({ job, number: step.number, ...values })
        .onConflictDoUpdate({ target: [jobSteps.job, jobSteps.number], set: values });
    }),
  steps: (job) =>
    guarded(async () => {
      const rows = await db
        .select()
        .from(jobSteps)
        .where(eq(jobSteps.job, job))
        .orderBy(jobSteps.number);
      return rows.map(stepOfRow);
    }),
});

const outputsOf = (db: Database): Pick<JobLedger, 'saveOutputs' | 'outputs'> => ({
  saveOutputs: (id, outputs) =>
    guarded(async () => {
      await db
        .update(jobs)
        .set({ outputs: { ...outputs } })
        .where(eq(jobs.id, id));
    }),
  outputs: (id) =>
    guarded(async () => {
      const [row] = await db.select({ outputs: jobs.outputs }).from(jobs).where(eq(jobs.id, id));
      return row?.outputs ?? {};
    }),
});
