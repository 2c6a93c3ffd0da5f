import { asc, eq, inArray, ne, sql } from 'drizzle-orm';
import type { RunnerChange, RunnerRecord, RunnerStore } from '../../ports/runner-store.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import { runners } from './schema.ts';

export function createRunnerStore(db: Database): RunnerStore {
  return {
    add: (runner) =>
      guarded(async () => {
        await db.insert(runners).values(valuesOf(runner));
      }),
    update: (id, change) =>
      guarded(async () => {
        const values = changeOf(change);
        if (Object.keys(values).length === 0) return;
        await db.update(runners).set(values).where(eq(runners.id, id));
      }),
    live: () =>
      guarded(async () => {
        const rows = await db
          .select()
          .from(runners)
          .where(ne(runners.state, 'gone'))
          .orderBy(asc(runners.created_at), asc(runners.id));
        return rows.map(runnerOfRow);
      }),
    hasHeld: (container) =>
      guarded(async () => {
        const rows = await db
          .select({ id: runners.id })
          .from(runners)
          .where(eq(runners.container, container))
          .limit(1);
        return rows.length > 0;
      }),
    get: (id) =>
      guarded(async () => {
        const [row] = await db.select().from(runners).where(eq(runners.id, id));
        return row === undefined ? null : runnerOfRow(row);
      }),
    named: (names) =>
      guarded(async () => {
        const rows = await db
          .select()
          .from(runners)
          .where(inArray(runners.name, [...names]));
        return rows.map(runnerOfRow);
      }),
  };
}

const runnerOfRow = ({
  github_id,
  created_at,
  wanted_by,
  state_since,
  ...row
}: typeof runners.$inferSelect): RunnerRecord => ({
  ...row,
  githubId: github_id,
  wantedBy: wanted_by,
  createdAt: created_at.toISOString(),
});

const valuesOf = ({ githubId, createdAt, wantedBy, labels, ...runner }: RunnerRecord) => ({
  ...runner,
  labels: [...labels],
  github_id: githubId,
  wanted_by: wantedBy,
  created_at: new Date(createdAt),
});

const changeOf = ({ githubId, ...change }: RunnerChange) => ({
  ...change,
  ...(githubId === undefined ? {} : { github_id: githubId }),
  ...(change.state === undefined ? {} : { state_since: sql`now()` }),
});
