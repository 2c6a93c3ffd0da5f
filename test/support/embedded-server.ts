import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { openDatabase } from '../../src/adapters/database/open-database.ts';
import { startEmbeddedPostgres } from '../../src/adapters/embedded/start-embedded-postgres.ts';
import { createTestClock } from './clocks.ts';
import { createRecordingLog } from './logs.ts';

export const migrationsFolder = path.resolve('src/adapters/database/migrations');

/** A PostgreSQL of its own in a temporary folder. */
export async function startServer() {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'runnerhub-test-'));
  // mkdtemp makes folders that the server's user could not pass.
  await chmod(dir, 0o711);
  const outsideDir = path.join(dir, 'outside');
  const dataDir = path.join(dir, 'data');
  const server = await startEmbeddedPostgres({
    dataDir,
    outsideDir,
    log: createRecordingLog(),
    clock: createTestClock(),
  });
  let databases = 0;
  return {
    url: server.url,
    /** The URL of a new, empty database. */
    createDatabase: async (): Promise<string> => {
      const name = `test_${++databases}`;
      await query(server.url, `create database ${name}`);
      return server.url.replace(/\/postgres$/, `/${name}`);
    },
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const openTestDatabase = (url: string) =>
  openDatabase({ url, migrationsFolder, log: createRecordingLog() });

/** One statement on a connection of its own. */
export async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}
