import { eq, inArray, sql } from 'drizzle-orm';
import type { DeliveryId } from '../../domain/ids.ts';
import { mergeReport, statusOfReport } from '../../domain/job-lifecycle.ts';
import type { Delivery, ReportedJob } from '../../ports/job-ledger.ts';
import type { Database, Handle } from './connection.ts';
import { identityValues, statusOfRow, statusValues, toDate } from './job-rows.ts';
import { OUTBOX_CHANNEL } from './outbox-channel.ts';
import { deliveries, jobs, outbox } from './schema.ts';

/**
 * Stores a delivery, its job and the outbox entry in one transaction of five round trips. Two
 * deliveries for one job are merged one after the other, by the lock on the job's row.
 */
export const recordDelivery = (
  db: Database,
  delivery: Delivery,
  job: ReportedJob | null,
): Promise<'stored' | 'duplicate'> =>
  db.transaction(async (tx) => {
    if (!(await storeDelivery(tx, delivery, job))) return 'duplicate';
    const { receivedAt } = delivery;
    if (job !== null) await mergeJob(tx, job, { heardAt: receivedAt, receivedAt });
    return 'stored';
  });

/** What GitHub answers when it is asked for a job, in one transaction; says whether it was news. */
export const recordReport = (db: Database, job: ReportedJob, askedAt: string): Promise<boolean> =>
  db.transaction(async (tx) => {
    if (!(await mergeJob(tx, job, { heardAt: askedAt, receivedAt: null }))) return false;
    await tx.insert(outbox).values({ job: job.identity.id });
    await tx.execute(sql`select pg_notify(${OUTBOX_CHANNEL}, '')`);
    return true;
  });

/** When we heard of a job, and whether by a webhook. */
interface Hearing {
  readonly heardAt: string;
  readonly receivedAt: string | null;
}

/** The delivery and, where it names a job, the outbox entry; false for a delivery seen before. */
async function storeDelivery(tx: Handle, delivery: Delivery, job: ReportedJob | null) {
  const id = job?.identity.id ?? null;
  const { rows } = await tx.execute(sql`
    with stored as (
      insert into ${deliveries} (id, event, received_at, job, payload)
      values (${delivery.id}, ${delivery.event}, ${delivery.receivedAt}, ${id}, ${delivery.payload})
      on conflict do nothing returning job
    ), listed as (
      insert into ${outbox} (job) select job from stored where job is not null returning seq
    )
    select (select pg_notify(${OUTBOX_CHANNEL}, '') from listed) as told from stored`);
  return rows.length > 0;
}

/** Whether the ledger has changed. */
async function mergeJob(tx: Handle, job: ReportedJob, hearing: Hearing): Promise<boolean> {
  const { identity, report } = job;
  const status = statusOfReport(report);
  const [known] = await tx.select().from(jobs).where(eq(jobs.id, identity.id)).for('update');
  if (known === undefined) {
    const inserted = await tx
      .insert(jobs)
      .values({
        ...identityValues(identity),
        ...statusValues(status),
        ...firstInstants(job, hearing),
        waiting_since: status.waiting === null ? null : toDate(hearing.heardAt),
        completed_at: status.state === 'completed' ? completionOf(job, hearing) : null,
      })
      .onConflictDoNothing()
      .returning({ id: jobs.id });
    // Another transaction inserted the job in between; it is committed now, so it can be merged.
    return inserted.length > 0 || mergeJob(tx, job, hearing);
  }
  const before = statusOfRow(known);
  const after = mergeReport(before, report);
  const instants = firstInstants(job, hearing);
  const isNews = after !== before || (known.queued_at === null && instants.queued_at !== null);
  if (!isNews) return false;
  await tx
    .update(jobs)
    .set({
      ...statusValues(after),
      waiting_since:
        after.waiting?.code === before.waiting?.code
          ? known.waiting_since
          : toDate(hearing.heardAt),
      queued_at: known.queued_at ?? instants.queued_at,
      webhook_received_at: known.webhook_received_at ?? instants.webhook_received_at,
      completed_at:
        known.completed_at ?? (after.state === 'completed' ? completionOf(job, hearing) : null),
      revision: sql`${jobs.revision} + 1`,
    })
    .where(eq(jobs.id, identity.id));
  return true;
}

const firstInstants = (job: ReportedJob, { receivedAt }: Hearing) => ({
  queued_at: toDate(job.queuedAt),
  webhook_received_at: toDate(receivedAt),
});

const completionOf = (job: ReportedJob, { heardAt }: Hearing): Date | null =>
  toDate(job.completedAt ?? heardAt);

export async function missingDeliveries(
  db: Database,
  ids: readonly DeliveryId[],
): Promise<readonly DeliveryId[]> {
  const found = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(inArray(deliveries.id, [...ids]));
  const known = new Set(found.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
}
