import { eq, gte, lt, sql } from 'drizzle-orm';
import type { InstanceLeases } from '../../ports/runner-store.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import { instances } from './schema.ts';

/** Leases by the database's clock, so that the clocks of the instances do not matter. */
export function createInstanceLeases(db: Database): InstanceLeases {
  return {
    renew: (id, ttlMs) =>
      guarded(async () => {
        const expires_at = sql`now() + ${ttlMs} * interval '1 millisecond'`;
        await db
          .insert(instances)
          .values({ id, expires_at })
          .onConflictDoUpdate({ target: instances.id, set: { expires_at } });
      }),
    release: (id) =>
      guarded(async () => {
        await db.delete(instances).where(eq(instances.id, id));
      }),
    takeLapsed: () =>
      guarded(async () => {
        const taken = await db
          .delete(instances)
          .where(lt(instances.expires_at, sql`now()`))
          .returning({ id: instances.id });
        return taken.map(({ id }) => id);
      }),
    alive: () =>
      guarded(async () => {
        const rows = await db
          .select({ id: instances.id })
          .from(instances)
          .where(gte(instances.expires_at, sql`now()`));
        return rows.map(({ id }) => id);
      }),
  };
}
