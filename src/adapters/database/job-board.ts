import { asc, count, desc, gte, max, ne, or } from 'drizzle-orm';
import type { JobBoard } from '../../ports/job-board.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import { runnable } from './schedule-rows.ts';
import { jobs } from './schema.ts';

export function createJobBoard(db: Database): JobBoard {
  return {
    queued: (limit) =>
      guarded(async () => {
        const rows = await db
          .select({ id: jobs.id })
          .from(jobs)
          .where(runnable)
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
