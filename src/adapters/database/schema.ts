import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { JobConclusion } from '../../domain/conclusion.ts';
import type { ContainerUsage } from '../../domain/container-usage.ts';
import type { DiscrepancyKind } from '../../domain/discrepancy.ts';
import type { EgressNote } from '../../domain/egress.ts';
import type {
  ContainerId,
  DeliveryId,
  HostName,
  InstanceId,
  JobId,
  PoolName,
  RunnerId,
} from '../../domain/ids.ts';
import type { FailureKind, JobState } from '../../domain/job-lifecycle.ts';
import type { WaitingReason } from '../../domain/waiting-reason.ts';
import type { RunnerState } from '../../ports/runner-store.ts';

/** Instants are kept to the millisecond, as everywhere in the house. */
const instant = () => timestamp({ withTimezone: true, precision: 3, mode: 'date' });

export const jobs = pgTable(
  'jobs',
  {
    id: text().$type<JobId>().primaryKey(),
    repository: text().notNull(),
    run_id: bigint({ mode: 'number' }).notNull(),
    run_attempt: integer().notNull(),
    workflow: text().notNull(),
    name: text().notNull(),
    labels: text().array().notNull(),
    head_sha: text().notNull(),
    head_branch: text(),
    html_url: text(),
    state: text().$type<JobState>().notNull(),
    conclusion: text().$type<JobConclusion>(),
    failure: text().$type<FailureKind>(),
    failure_detail: text(),
    usage: jsonb().$type<ContainerUsage>(),
    egress: jsonb().$type<readonly EgressNote[]>(),
    waiting: jsonb().$type<WaitingReason>(),
    /** Since when `waiting` has had its code. */
    waiting_since: instant(),
    /** Instead of what the rules say. */
    priority: integer(),
    /** Why somebody holds it back; null while nobody does. */
    hold: text(),
    runner: text().$type<RunnerId>(),
    pool: text().$type<PoolName>(),
    host: text().$type<HostName>(),
    container: text().$type<ContainerId>(),
    queued_at: instant(),
    webhook_received_at: instant(),
    decided_at: instant(),
    container_ready_at: instant(),
    runner_online_at: instant(),
    job_started_at: instant(),
    first_step_at: instant(),
    completed_at: instant(),
    outputs: jsonb().$type<Record<string, string>>(),
    recorded_at: instant().notNull().defaultNow(),
    revision: integer().notNull().default(1),
  },
  (table) => [
    index('jobs_queued').on(table.recorded_at).where(sql`state = 'queued'`),
    index('jobs_unfinished').on(table.state).where(sql`state <> 'completed'`),
    index('jobs_recorded').on(table.recorded_at),
    index('jobs_repository').on(table.repository, table.recorded_at),
    index('jobs_run').on(table.run_id),
  ],
);

export const jobSteps = pgTable(
  'job_steps',
  {
    job: text().$type<JobId>().notNull(),
    number: integer().notNull(),
    name: text().notNull(),
    conclusion: text(),
    outcome: text(),
    started_at: instant(),
    completed_at: instant(),
  },
  (table) => [primaryKey({ columns: [table.job, table.number] })],
);

export const deliveries = pgTable(
  'deliveries',
  {
    id: text().$type<DeliveryId>().primaryKey(),
    event: text().notNull(),
    received_at: instant().notNull(),
    job: text().$type<JobId>(),
    payload: text().notNull(),
  },
  (table) => [index('deliveries_received').on(table.received_at)],
);

export const outbox = pgTable('outbox', {
  seq: bigserial({ mode: 'number' }).primaryKey(),
  job: text().$type<JobId>().notNull(),
});

export const runners = pgTable(
  'runners',
  {
    id: text().$type<RunnerId>().primaryKey(),
    name: text().notNull(),
    github_id: bigint({ mode: 'number' }),
    scope: text().notNull(),
    labels: text().array().notNull(),
    pool: text().$type<PoolName>().notNull(),
    host: text().$type<HostName>(),
    container: text().$type<ContainerId>(),
    state: text().$type<RunnerState>().notNull(),
    job: text().$type<JobId>(),
    instance: text().$type<InstanceId>().notNull(),
    created_at: instant().notNull(),
    ticket: text(),
    wanted_by: text().$type<JobId>(),
    state_since: instant().notNull().defaultNow(),
  },
  (table) => [
    index('runners_live').on(table.created_at).where(sql`state <> 'gone'`),
    index('runners_name').on(table.name),
  ],
);

export const discrepancies = pgTable(
  'discrepancies',
  {
    kind: text().$type<DiscrepancyKind>().notNull(),
    subject: text().notNull(),
    found_at: instant().notNull(),
    mended_at: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.subject, table.found_at] }),
    uniqueIndex('discrepancies_open').on(table.kind, table.subject).where(sql`mended_at is null`),
    index('discrepancies_found').on(table.found_at),
  ],
);

/** What GitHub says about runs whose jobs we saw: it never changes. */
export const runs = pgTable(
  'runs',
  {
    repository: text().notNull(),
    id: bigint({ mode: 'number' }).notNull(),
    event: text().notNull(),
    head_repository: text(),
    looked_up_at: instant().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.id] })],
);

/** What people and failures have decided about pools; one without a row is as configured. */
export const poolStates = pgTable('pool_states', {
  pool: text().$type<PoolName>().primaryKey(),
  /** Why somebody paused it; null while nobody does. */
  paused: text(),
  /** Runners in a row that could not be made or kept. */
  failures: integer().notNull().default(0),
  rest_until: instant(),
  rest_reason: jsonb().$type<WaitingReason>(),
});

export const instances = pgTable('instances', {
  id: text().$type<InstanceId>().primaryKey(),
  expires_at: instant().notNull(),
});

export const leaderships = pgTable('leaderships', {
  name: text().primaryKey(),
  instance: text().$type<InstanceId>().notNull(),
  token: bigint({ mode: 'number' }).notNull(),
  expires_at: instant().notNull(),
});

export const settings = pgTable('settings', {
  key: text().primaryKey(),
  value: jsonb().notNull(),
});
