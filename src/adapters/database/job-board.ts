import { and, asc, count, desc, eq, gte, max, ne, or, sql } from 'drizzle-orm';
import type { JobBoard } from '../../ports/job-board.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import { jobs } from './schema.ts';

const runnable = and(
  eq(jobs.state, 'queued'),
  sql`${jobs.waiting} ->> 'code' is distinct from 'held-by-github'`,
);

export function createJobBoard(db: Database): JobBoard {
  return {
    demand: () =>
      guarded(() =>
        db
          .select({ repository: jobs.repository, labels: jobs.labels, jobs: count() })
          .from(jobs)
          .where(runnable)
          .groupBy(jobs.repository, jobs.labels),
      ),
    queued: (limit, offered) =>
      guarded(async () => {
        const rows = await db
          .select({ id: jobs.id })
          .from(jobs)
          .where(offered === undefined ? runnable : and(runnable, coveredBy(offered)))
          .orderBy(asc(jobs.recorded_at), asc(jobs.id))
          .limit(limit);
        return rows.map(({ id }) => id);
      }),
    activeRepositories: (since, limit) =>
      guarded(async () => {
        const rows = await db
          .select({ repository: jobs.repository })
          .from(jobs)
          .where(or(gte(jobs.recorded_at, new Date(since)), ne(jobs.state, 'completed')))
          .groupBy(jobs.repository)
          .orderBy(desc(max(jobs.recorded_at)))
          .limit(limit);
        return rows.map(({ repository }) => repository);
      }),
    heardSince: (since) =>
      guarded(async () => {
        const [row] = await db
          .select({ jobs: count() })
          .from(jobs)
          .where(gte(jobs.webhook_received_at, new Date(since)));
        return row?.jobs ?? 0;
      }),
    countByState: () =>
      guarded(async () => {
        const rows = await db
          .select({ state: jobs.state, jobs: count() })
          .from(jobs)
          .groupBy(jobs.state);
        return Object.fromEntries(rows.map((row) => [row.state, row.jobs]));
      }),
  };
}

const coveredBy = (offered: readonly string[]) => {
  const lowered = offered.map((label) => label.toLowerCase());
  return sql`not exists (
    select from unnest(${jobs.labels}) as wanted
    where lower(wanted) <> all(${sql.param(lowered)}::text[])
  )`;
};
