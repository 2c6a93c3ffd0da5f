import { and, desc, eq, gte, inArray, isNotNull, sql } from 'drizzle-orm';
import type { JobId, PoolName } from '../../domain/ids.ts';
import type { WaitingReason } from '../../domain/waiting-reason.ts';
import type { PoolStateRow, ScheduleRows, ScheduleStore } from '../../ports/schedule-store.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import {
  type JobColumns,
  liveRunners,
  queuedJobs,
  queuedRowOf,
  type RunnerColumns,
  runnable,
  runnerRowOf,
  sinceOf,
} from './schedule-rows.ts';
import { jobs, poolStates, runs } from './schema.ts';

/** Most reasons in one statement. */
const EXPLAINED_AT_ONCE = 5_000;

export const createScheduleStore = (db: Database): ScheduleStore => ({
  everything: () => guarded(() => readRows(db, null)),
  one: (job) => guarded(() => readRows(db, job)),
  recentRepositories: (since) => guarded(() => recentRepositories(db, since)),
  explain: (reasons) => guarded(() => explain(db, reasons)),
  saveRun: (repository, id, { event, headRepository }) =>
    guarded(async () => {
      const facts = { event, head_repository: headRepository };
      await db
        .insert(runs)
        .values({ repository, id, ...facts })
        .onConflictDoNothing();
    }),
  setHold: (job, note) => guarded(() => changeQueued(db, job, { hold: note })),
  setPriority: (job, priority) => guarded(() => changeQueued(db, job, { priority })),
  ...poolsOf(db),
  pace: (pool, most) => guarded(() => readPace(db, pool, most)),
});

/** Runners come first: one that has taken its job since is then seen with a job that is not queued. */
async function readRows(db: Database, job: JobId | null): Promise<ScheduleRows> {
  const [runners, pools] = await Promise.all([
    db.execute<RunnerColumns>(liveRunners),
    db.select().from(poolStates),
  ]);
  const queued = await db.execute<JobColumns>(queuedJobs(job));
  return {
    jobs: queued.rows.map(queuedRowOf),
    runners: runners.rows.map(runnerRowOf),
    pools: pools.map(poolStateOf),
  };
}

const poolStateOf = (row: typeof poolStates.$inferSelect): PoolStateRow => ({
  name: row.pool,
  paused: row.paused,
  failures: row.failures,
  rest:
    row.rest_until === null || row.rest_reason === null
      ? null
      : { until: row.rest_until.getTime(), reason: row.rest_reason },
});

async function recentRepositories(
  db: Database,
  since: number,
): Promise<ReadonlyMap<PoolName, readonly string[]>> {
  const rows = await db
    .selectDistinct({ pool: jobs.pool, repository: jobs.repository })
    .from(jobs)
    .where(and(gte(jobs.recorded_at, new Date(since)), isNotNull(jobs.pool)))
    .orderBy(jobs.repository);
  const found = new Map<PoolName, string[]>();
  for (const { pool, repository } of rows) {
    if (pool !== null) found.set(pool, [...(found.get(pool) ?? []), repository]);
  }
  return found;
}

async function explain(
  db: Database,
  reasons: ReadonlyMap<JobId, WaitingReason>,
): Promise<readonly JobId[]> {
  const all = [...reasons];
  const changed: JobId[] = [];
  for (let from = 0; from < all.length; from += EXPLAINED_AT_ONCE) {
    const some = all.slice(from, from + EXPLAINED_AT_ONCE);
    const ids = some.map(([id]) => id);
    const texts = some.map(([, reason]) => JSON.stringify(reason));
    const { rows } = await db.execute<{ id: JobId; is_news: boolean }>(sql`
      update ${jobs} set waiting = said.reason, revision = ${jobs.revision} + 1,
        waiting_since = ${sinceOf(sql`said.reason ->> 'code'`)}
      from unnest(${sql.param(ids)}::text[], ${sql.param(texts)}::jsonb[]) as said (job, reason),
        (select id, waiting ->> 'code' as code from ${jobs}
          where id = any(${sql.param(ids)}::text[])) as before
      where ${jobs.id} = said.job and before.id = said.job and ${runnable}
        and ${jobs.waiting} is distinct from said.reason
      returning ${jobs.id} as id, before.code is distinct from said.reason ->> 'code' as is_news`);
    changed.push(...rows.filter(({ is_news }) => is_news).map(({ id }) => id));
  }
  return changed;
}

async function changeQueued(
  db: Database,
  job: JobId,
  change: { hold: string | null } | { priority: number | null },
): Promise<boolean> {
  const rows = await db
    .update(jobs)
    .set({ ...change, revision: sql`${jobs.revision} + 1` })
    .where(and(eq(jobs.id, job), eq(jobs.state, 'queued')))
    .returning({ id: jobs.id });
  return rows.length > 0;
}

type Pools = Pick<ScheduleStore, 'setPaused' | 'restPool' | 'wakePool'>;

const poolsOf = (db: Database): Pools => ({
  setPaused: (pool, paused) =>
    guarded(async () => {
      await db
        .insert(poolStates)
        .values({ pool, paused })
        .onConflictDoUpdate({ target: poolStates.pool, set: { paused } });
    }),
  restPool: (pool, reason, { now, firstMs, lastMs }) =>
    guarded(async () => {
      const restMs = sql`least(${lastMs}::float8,
        ${firstMs}::float8 * power(2, least(${poolStates.failures}, 30)))`;
      const [row] = await db
        .insert(poolStates)
        .values({ pool, failures: 1, rest_until: new Date(now + firstMs), rest_reason: reason })
        .onConflictDoUpdate({
          target: poolStates.pool,
          set: {
            failures: sql`${poolStates.failures} + 1`,
            rest_until: sql`to_timestamp((${now}::float8 + ${restMs}) / 1000)`,
            rest_reason: reason,
          },
        })
        .returning({ until: poolStates.rest_until });
      return row?.until?.getTime() ?? now;
    }),
  wakePool: (pool) =>
    guarded(async () => {
      await db
        .update(poolStates)
        .set({ failures: 0, rest_until: null, rest_reason: null })
        .where(and(eq(poolStates.pool, pool), gte(poolStates.failures, 1)));
    }),
});

const ACTIVE = ['assigned', 'preparing', 'running'] as const;

async function readPace(db: Database, pool: PoolName, most: number) {
  const [done, active] = await Promise.all([
    db
      .select({ from: jobs.job_started_at, to: jobs.completed_at })
      .from(jobs)
      .where(
        and(
          ...[eq(jobs.pool, pool), eq(jobs.state, 'completed')],
          ...[isNotNull(jobs.job_started_at), isNotNull(jobs.completed_at)],
        ),
      )
      .orderBy(desc(jobs.recorded_at))
      .limit(most),
    db
      .select({ since: jobs.job_started_at })
      .from(jobs)
      .where(and(eq(jobs.pool, pool), inArray(jobs.state, [...ACTIVE]))),
  ]);
  return {
    durationsMs: done.map(({ from, to }) => (to?.getTime() ?? 0) - (from?.getTime() ?? 0)),
    runningSince: active.flatMap(({ since }) => (since === null ? [] : [since.getTime()])),
  };
}
