import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Log } from '../../ports/log.ts';
import * as schema from './schema.ts';

export type Database = NodePgDatabase<typeof schema>;
/** The database or an open transaction on it. */
export type Handle = Pick<Database, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

export interface Connection {
  readonly db: Database;
  readonly pool: pg.Pool;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Connections are made when they are needed; nothing is checked here. */
export function connect(url: string, log: Log, maxConnections: number): Connection {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'runnerhub',
  });
  pool.on('error', (error) => log.debug('idle database connection lost', { error }));
  return { pool, db: drizzle(pool, { schema }) };
}
