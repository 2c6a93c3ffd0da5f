import { and, count, desc, eq, isNull, sql } from 'drizzle-orm';
import type { DiscrepancyBook } from '../../ports/discrepancies.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import { toDate, toIso } from './job-rows.ts';
import { discrepancies } from './schema.ts';

export function createDiscrepancyBook(db: Database): DiscrepancyBook {
  return {
    note: ({ kind, subject, foundAt, mendedAt }) =>
      guarded(async () => {
        const mended_at = toDate(mendedAt);
        const open = and(
          eq(discrepancies.kind, kind),
          eq(discrepancies.subject, subject),
          isNull(discrepancies.mended_at),
        );
        await db.transaction(async (tx) => {
          const closed = await tx.update(discrepancies).set({ mended_at }).where(open).returning();
          if (closed.length > 0) return;
          const found_at = new Date(foundAt);
          const row = { kind, subject, found_at, mended_at };
          await tx.insert(discrepancies).values(row).onConflictDoNothing();
        });
      }),
    counts: () =>
      guarded(() =>
        db
          .select({
            kind: discrepancies.kind,
            found: count(),
            mended: sql<number>`count(${discrepancies.mended_at})::int`,
          })
          .from(discrepancies)
          .groupBy(discrepancies.kind)
          .orderBy(discrepancies.kind),
      ),
    latest: (limit) =>
      guarded(async () => {
        const rows = await db
          .select()
          .from(discrepancies)
          .orderBy(desc(discrepancies.found_at))
          .limit(limit);
        return rows.map(({ kind, subject, found_at, mended_at }) => ({
          ...{ kind, subject },
          foundAt: found_at.toISOString(),
          mendedAt: toIso(mended_at),
        }));
      }),
  };
}
