import { sql } from 'drizzle-orm';
import { forkOrigin } from '../../domain/fork-origin.ts';
import type { JobId, PoolName } from '../../domain/ids.ts';
import type { JobTraits } from '../../domain/job-match.ts';
import type { LiveRunner } from '../../domain/schedule-types.ts';
import type { WaitingReason } from '../../domain/waiting-reason.ts';
import type { QueuedRow, RunnerRow } from '../../ports/schedule-store.ts';
import { jobs, runners, runs } from './schema.ts';

/** Jobs that a runner could get: queued, and not held by GitHub itself. */
export const runnable = sql`${jobs.state} = 'queued'
  and ${jobs.waiting} ->> 'code' is distinct from 'held-by-github'`;

/** The new value of `waiting_since` where the reason gets this code. */
export const sinceOf = (code: unknown) => sql`case
  when ${jobs.waiting} ->> 'code' is distinct from ${code} or ${jobs.waiting_since} is null
  then now() else ${jobs.waiting_since} end`;

/** Rows are many, so that they are read without the mapping of the query builder. */
const millis = (column: unknown) => sql`(extract(epoch from ${column}) * 1000)::float8`;

const traits = sql`${jobs.repository} as repository, ${jobs.workflow} as workflow,
  ${jobs.name} as name, ${jobs.head_branch} as branch, ${jobs.labels} as labels,
  ${runs.event} as event, ${runs.head_repository} as head_repository`;
const withRun = sql`left join ${runs}
  on ${runs.repository} = ${jobs.repository} and ${runs.id} = ${jobs.run_id}`;

type TraitColumns = {
  readonly repository: string;
  readonly workflow: string;
  readonly name: string;
  readonly branch: string | null;
  readonly labels: readonly string[];
  readonly event: string | null;
  readonly head_repository: string | null;
};

export type JobColumns = TraitColumns & {
  readonly id: JobId;
  readonly run_id: string;
  readonly queued_at: number;
  readonly priority: number | null;
  readonly hold: string | null;
  readonly waiting: WaitingReason | null;
  readonly waiting_since: number | null;
};

/** Runnable jobs, oldest first; of all, or of the one with the id. */
export const queuedJobs = (id: JobId | null) => sql<JobColumns>`
  select ${jobs.id} as id, ${jobs.run_id} as run_id, ${traits}, ${jobs.priority} as priority,
    ${jobs.hold} as hold, ${jobs.waiting} as waiting,
    ${millis(jobs.waiting_since)} as waiting_since,
    ${millis(sql`coalesce(${jobs.queued_at}, ${jobs.recorded_at})`)} as queued_at
  from ${jobs} ${withRun}
  where ${runnable} ${id === null ? sql`` : sql`and ${jobs.id} = ${id}`}
  order by coalesce(${jobs.queued_at}, ${jobs.recorded_at}), ${jobs.id}`;

export type RunnerColumns = {
  readonly [column in keyof TraitColumns]: TraitColumns[column] | null;
} & {
  readonly pool: PoolName;
  readonly scope: string;
  readonly runner_labels: readonly string[];
  readonly state: LiveRunner['state'];
  readonly started_at: number;
  readonly since: number;
  readonly job: JobId | null;
  readonly wanted_by: JobId | null;
};

/** Runners that have not ended, with the job that each has or was started for. */
export const liveRunners = sql<RunnerColumns>`
  select ${runners.pool} as pool, ${runners.scope} as scope, ${runners.labels} as runner_labels,
    ${runners.state} as state, ${millis(runners.created_at)} as started_at,
    ${millis(runners.state_since)} as since, ${runners.job} as job,
    case when ${jobs.state} = 'queued' then ${runners.wanted_by} end as wanted_by, ${traits}
  from ${runners}
  left join ${jobs} on ${jobs.id} = coalesce(${runners.job}, ${runners.wanted_by}) ${withRun}
  where ${runners.state} <> 'gone'
  order by ${runners.created_at}, ${runners.id}`;

const traitsOf = (row: TraitColumns): JobTraits => ({
  repository: row.repository,
  workflow: row.workflow,
  job: row.name,
  branch: row.branch,
  event: row.event,
  labels: row.labels,
});

export const queuedRowOf = (row: JobColumns): QueuedRow => ({
  job: {
    ...traitsOf(row),
    id: row.id,
    queuedAt: row.queued_at,
    fork: forkOrigin(
      row.repository,
      row.event === null ? null : { event: row.event, headRepository: row.head_repository },
    ),
    priority: row.priority,
    hold: row.hold,
  },
  runId: Number(row.run_id),
  waiting: row.waiting,
  waitingSince: row.waiting_since,
});

export const runnerRowOf = (row: RunnerColumns): RunnerRow => ({
  runner: {
    pool: row.pool,
    scope: row.scope,
    labels: row.runner_labels,
    state: row.state,
    startedAt: row.started_at,
    since: row.since,
    job: isKnown(row) ? traitsOf(row) : null,
  },
  runs: row.job,
  wantedBy: row.wanted_by,
});

const isKnown = (row: RunnerColumns): row is RunnerColumns & TraitColumns =>
  row.repository !== null;
