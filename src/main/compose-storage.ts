import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type HubDatabase, openDatabase } from '../adapters/database/open-database.ts';
import { startEmbeddedPostgres } from '../adapters/embedded/start-embedded-postgres.ts';
import { openPostgresQueue } from '../adapters/queue/open-postgres-queue.ts';
import { openRedisQueue } from '../adapters/queue/open-redis-queue.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../contract/config.ts';
import type { DispatchQueue } from '../ports/dispatch-queue.ts';
import type { Log } from '../ports/log.ts';

/** The SQL is read from the sources, also by the bundle in `dist/`. */
const bundleFolder = path.dirname(fileURLToPath(import.meta.url));
const migrationsFolder = path.resolve(
  bundleFolder,
  '..',
  'src',
  'adapters',
  'database',
  'migrations',
);

export interface Storage {
  readonly database: HubDatabase;
  readonly queue: DispatchQueue;
  ping(): Promise<void>;
  /** Closes in reverse order of opening. Repeatable. */
  close(): Promise<void>;
}

export interface StorageOptions {
  /** The caller holds its lock. */
  readonly dataDir: string;
  readonly log: Log;
}

/** Opens database and queue: the servers of the configuration, or embedded ones in the data folder. */
export async function openStorage(
  config: Config,
  { dataDir, log }: StorageOptions,
): Promise<Storage> {
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (let last = opened.pop(); last !== undefined; last = opened.pop()) await last();
  };
  try {
    const url = config.database.url ?? (await startEmbedded(dataDir, log, opened));
    const database = await openDatabase({ url, migrationsFolder, log });
    opened.push(() => database.close());
    const queue = await openQueue(config, url, log);
    opened.push(() => queue.close());
    return {
      database,
      queue,
      close,
      ping: async () => void (await Promise.all([database.ping(), queue.ping()])),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startEmbedded(
  dataDir: string,
  log: Log,
  opened: (() => Promise<void>)[],
): Promise<string> {
  const embedded = await startEmbeddedPostgres({ dataDir, log, clock: systemClock });
  opened.push(() => embedded.stop());
  return embedded.url;
}

const openQueue = (config: Config, databaseUrl: string, log: Log): Promise<DispatchQueue> =>
  config.redis.url === undefined
    ? openPostgresQueue({ url: databaseUrl, log })
    : openRedisQueue({ url: config.redis.url, log });
