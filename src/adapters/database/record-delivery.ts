import { eq, sql } from 'drizzle-orm';
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
    if (job !== null) await mergeJob(tx, delivery, job);
    return 'stored';
  });

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

async function mergeJob(tx: Handle, delivery: Delivery, job: ReportedJob): Promise<void> {
  const { identity, report } = job;
  const status = statusOfReport(report);
  const [known] = await tx.select().from(jobs).where(eq(jobs.id, identity.id)).for('update');
  if (known === undefined) {
    const inserted = await tx
      .insert(jobs)
      .values({
        ...identityValues(identity),
        ...statusValues(status),
        ...firstInstants(delivery, job),
        completed_at: status.state === 'completed' ? completionOf(delivery, job) : null,
      })
      .onConflictDoNothing()
      .returning({ id: jobs.id });
    // Another transaction inserted the job in between; it is committed now, so it can be merged.
    if (inserted.length === 0) await mergeJob(tx, delivery, job);
    return;
  }
  const before = statusOfRow(known);
  const after = mergeReport(before, report);
  const instants = firstInstants(delivery, job);
  const isNews = after !== before || (known.queued_at === null && instants.queued_at !== null);
  if (!isNews) return;
  await tx
    .update(jobs)
    .set({
      ...statusValues(after),
      queued_at: known.queued_at ?? instants.queued_at,
      webhook_received_at: known.webhook_received_at ?? instants.webhook_received_at,
      completed_at:
        known.completed_at ?? (after.state === 'completed' ? completionOf(delivery, job) : null),
      revision: sql`${jobs.revision} + 1`,
    })
    .where(eq(jobs.id, identity.id));
}

const firstInstants = (delivery: Delivery, job: ReportedJob) => ({
  queued_at: toDate(job.queuedAt),
  webhook_received_at: toDate(delivery.receivedAt),
});

const completionOf = (delivery: Delivery, job: ReportedJob): Date | null =>
  toDate(job.completedAt ?? delivery.receivedAt);
