import { asc, count, inArray } from 'drizzle-orm';
import type { Outbox } from '../../ports/job-ledger.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import type { Notices } from './notices.ts';
import { outbox } from './schema.ts';

export function createOutbox(db: Database, notices: Notices): Outbox {
  return {
    relay: (limit, send) =>
      guarded(() =>
        db.transaction(async (tx) => {
          const rows = await tx
            .select()
            .from(outbox)
            .orderBy(asc(outbox.seq))
            .limit(limit)
            .for('update', { skipLocked: true });
          if (rows.length === 0) return 0;
          await send([...new Set(rows.map((row) => row.job))]);
          await tx.delete(outbox).where(
            inArray(
              outbox.seq,
              rows.map((row) => row.seq),
            ),
          );
          return rows.length;
        }),
      ),
    wait: (ms, signal) => notices.wait(ms, signal),
    depth: () =>
      guarded(async () => {
        const [row] = await db.select({ entries: count() }).from(outbox);
        return row?.entries ?? 0;
      }),
  };
}
