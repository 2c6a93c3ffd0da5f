import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { DiscrepancyBook } from '../../ports/discrepancies.ts';
import type { Exclusion } from '../../ports/exclusion.ts';
import type { JobBoard } from '../../ports/job-board.ts';
import type { JobLedger, Outbox } from '../../ports/job-ledger.ts';
import type { Leaderships } from '../../ports/leaderships.ts';
import type { Log } from '../../ports/log.ts';
import type { InstanceLeases, RunnerStore } from '../../ports/runner-store.ts';
import type { ScheduleStore } from '../../ports/schedule-store.ts';
import { type Connection, connect } from './connection.ts';
import { guarded } from './database-errors.ts';
import { createDiscrepancyBook } from './discrepancy-book.ts';
import { createExclusion } from './exclusion.ts';
import { createInstanceLeases } from './instance-leases.ts';
import { createJobBoard } from './job-board.ts';
import { createJobLedger } from './job-ledger.ts';
import { createLeaderships } from './leaderships.ts';
import { Notices } from './notices.ts';
import { createOutbox } from './outbox.ts';
import { OUTBOX_CHANNEL } from './outbox-channel.ts';
import { createRunnerStore } from './runner-store.ts';
import { createScheduleStore } from './schedule-store.ts';
import { createSettings, type Settings } from './settings.ts';

export interface HubDatabase {
  readonly ledger: JobLedger;
  readonly board: JobBoard;
  readonly schedule: ScheduleStore;
  readonly outbox: Outbox;
  readonly runners: RunnerStore;
  readonly discrepancies: DiscrepancyBook;
  readonly leases: InstanceLeases;
  readonly leaderships: Leaderships;
  readonly settings: Settings;
  readonly exclusion: Exclusion;
  /** Throws `AppError('database-down')`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://…`; PostgreSQL 15 or newer. */
  readonly url: string;
  /** The folder with the generated SQL. */
  readonly migrationsFolder: string;
  readonly log: Log;
  /** Most connections at once, 20 unless told. */
  readonly maxConnections?: number;
}

/** Connects, brings the schema up to date and opens the stores. Throws `AppError('database-down')`. */
export async function openDatabase(options: DatabaseOptions): Promise<HubDatabase> {
  const { url, log } = options;
  const connection = connect(url, log, options.maxConnections ?? 20);
  try {
    await guarded(() => applyMigrations(connection, options.migrationsFolder));
  } catch (error) {
    await connection.pool.end();
    throw error;
  }
  const { db, pool } = connection;
  const notices = new Notices(url, OUTBOX_CHANNEL, log);
  notices.start();
  return {
    ledger: createJobLedger(db),
    board: createJobBoard(db),
    schedule: createScheduleStore(db),
    outbox: createOutbox(db, notices),
    runners: createRunnerStore(db),
    discrepancies: createDiscrepancyBook(db),
    leases: createInstanceLeases(db),
    leaderships: createLeaderships(db),
    settings: createSettings(db),
    exclusion: createExclusion(pool),
    ping: () => guarded(() => pool.query('select 1').then(() => undefined)),
    close: async () => {
      await notices[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}

/** Instances that start together migrate one after the other; only the first finds work to do. */
async function applyMigrations({ pool }: Connection, migrationsFolder: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`select pg_advisory_lock(hashtext('runnerhub'), hashtext('migrations'))`);
    await migrate(drizzle(client), { migrationsFolder });
  } finally {
    // The lock belongs to the session, so it must not go back into the pool.
    client.release(true);
  }
}
