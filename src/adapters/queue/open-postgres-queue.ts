import { createPostgresBackend, type PgPool, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import { AppError, messageOf } from '../../domain/errors.ts';
import type { DispatchQueue } from '../../ports/dispatch-queue.ts';
import type { Log } from '../../ports/log.ts';
import {
  createBullmqQueue,
  type EntryQueue,
  type EntryWorker,
  QUEUE_NAME,
} from './bullmq-queue.ts';

const SCHEMA = 'bullmq';
const { Queue, Worker } = withBackend(createPostgresBackend);
/** BullMQ describes the part of a pool that it needs in types of its own. */
const asBullmq = (pool: pg.Pool) => pool as unknown as PgPool;

export interface PostgresQueueOptions {
  /** `postgres://…`; the queue lives in a schema of its own in that database. */
  readonly url: string;
  readonly log: Log;
}

/**
 * The dispatch queue in PostgreSQL, for machines without Redis. Brings BullMQ's schema up to date.
 * Throws `AppError('queue-down')`.
 */
export async function openPostgresQueue({
  url,
  log,
}: PostgresQueueOptions): Promise<DispatchQueue> {
  // BullMQ cannot load pg by itself in an ES module, so it gets pools; it finds its functions by
  // the search path.
  const open = (max: number) => {
    const pool = new pg.Pool({
      connectionString: url,
      max,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      application_name: 'runnerhub queue',
      options: `-c search_path=${SCHEMA}`,
    });
    pool.on('error', (error) => log.debug('idle queue connection lost', { error }));
    return pool;
  };
  const queuePool = open(5);
  const pools = [queuePool];
  await migrate(queuePool);
  return createBullmqQueue(
    {
      createQueue: (options) => {
        const queue = new Queue(QUEUE_NAME, { ...options, connection: asBullmq(queuePool) });
        return queue as unknown as EntryQueue;
      },
      createWorker: (handle, options) => {
        const workerPool = open(5);
        pools.push(workerPool);
        const connection = asBullmq(workerPool);
        const worker = new Worker(QUEUE_NAME, handle, { ...options, connection });
        return worker as unknown as EntryWorker;
      },
      ping: async () => {
        await queuePool.query('select 1');
      },
      close: async () => {
        await Promise.all(pools.map((pool) => pool.end()));
      },
    },
    log,
  );
}

async function migrate(pool: pg.Pool): Promise<void> {
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client, SCHEMA);
    } finally {
      client.release(true);
    }
  } catch (error) {
    await pool.end();
    const detail = `The queue in PostgreSQL cannot be opened: ${messageOf(error)}`;
    throw new AppError('queue-down', detail, { cause: error, retryable: true });
  }
}
