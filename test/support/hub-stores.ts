import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { HubDatabase } from '../../src/adapters/database/open-database.ts';
import { openPostgresQueue } from '../../src/adapters/queue/open-postgres-queue.ts';
import { jobIdOf } from '../../src/domain/ids.ts';
import type { DispatchQueue } from '../../src/ports/dispatch-queue.ts';
import type { Part } from '../../src/workers/part.ts';
import { openTestDatabase, startServer } from './embedded-server.ts';
import { aDelivery, aReport } from './ledger-builders.ts';
import { createRecordingLog } from './logs.ts';

/** One server per test file, and per test an empty database with a queue in it. */
export function useHubStores() {
  let server: Awaited<ReturnType<typeof startServer>>;
  let url = '';
  let db: HubDatabase;
  let queue: DispatchQueue;
  let stops: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    url = await server.createDatabase();
    db = await openTestDatabase(url);
    queue = await openPostgresQueue({ url, log: createRecordingLog() });
    stops = [() => db.close(), () => queue.close()];
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  return {
    db: () => db,
    queue: () => queue,
    url: () => url,
    job: (id: number) => db.ledger.get(jobIdOf(id)),
    report: (id: number, ...more: [status?: 'queued' | 'completed' | 'waiting']) =>
      db.ledger.recordDelivery(aDelivery(), aReport(id, ...more)),
    /** Something to be stopped after the test, the last one first. */
    defer: (stop: () => Promise<unknown>) => {
      stops.push(stop);
    },
    run: async (...parts: Part[]) => {
      for (const part of parts) {
        await part.start();
        stops.push(() => part.stop());
      }
    },
  };
}
