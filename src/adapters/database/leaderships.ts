import { and, eq, gte, sql } from 'drizzle-orm';
import type { Leaderships } from '../../ports/leaderships.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import { leaderships } from './schema.ts';

/** One row per kind of work; the token rises with every change of leader (fencing). */
export function createLeaderships(db: Database): Leaderships {
  return {
    claim: (name, instance, ttlMs) =>
      guarded(async () => {
        const expires_at = sql`now() + ${ttlMs} * interval '1 millisecond'`;
        const isMine = sql`${leaderships.instance} = ${instance} and ${leaderships.expires_at} >= now()`;
        const [row] = await db
          .insert(leaderships)
          .values({ name, instance, token: 1, expires_at })
          .onConflictDoUpdate({
            target: leaderships.name,
            set: {
              instance,
              expires_at,
              token: sql`case when ${isMine} then ${leaderships.token} else ${leaderships.token} + 1 end`,
            },
            setWhere: sql`${leaderships.instance} = ${instance} or ${leaderships.expires_at} < now()`,
          })
          .returning({ token: leaderships.token });
        return row === undefined ? null : { name, token: row.token };
      }),
    holds: ({ name, token }) =>
      guarded(async () => {
        const rows = await db
          .select({ name: leaderships.name })
          .from(leaderships)
          .where(
            and(
              eq(leaderships.name, name),
              eq(leaderships.token, token),
              gte(leaderships.expires_at, sql`now()`),
            ),
          );
        return rows.length > 0;
      }),
    resign: (instance) =>
      guarded(async () => {
        await db
          .update(leaderships)
          .set({ expires_at: sql`now() - interval '1 millisecond'` })
          .where(eq(leaderships.instance, instance));
      }),
  };
}
