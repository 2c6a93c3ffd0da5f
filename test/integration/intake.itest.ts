import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { HubDatabase } from '../../src/adapters/database/open-database.ts';
import { createFileLogStore } from '../../src/adapters/files/log-store.ts';
import { jobIdOf } from '../../src/domain/ids.ts';
import { createHttpApp } from '../../src/http/create-http-app.ts';
import { startHttpServer } from '../../src/http/start-http-server.ts';
import { createIntake } from '../../src/services/intake.ts';
import { createOutboxRelay } from '../../src/services/outbox-relay.ts';
import type { RunnerOrder } from '../../src/services/runner-order.ts';
import { createDispatchWorker } from '../../src/workers/dispatch-worker.ts';
import { createOutboxRelayWorker } from '../../src/workers/outbox-relay-worker.ts';
import { createTestClock } from '../support/clocks.ts';
import { aDispatch } from '../support/dispatch-scene.ts';
import { openTestDatabase } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { useHubStores } from '../support/hub-stores.ts';
import { createRecordingLog } from '../support/logs.ts';
import { postWebhook, webhookSecret, workflowJob } from '../support/post-webhook.ts';
import { aSchedulePolicy } from '../support/schedule-scene.ts';

const clock = createTestClock();
const log = createRecordingLog();
const live = { publish: () => {} };
const hub = useHubStores();

const dispatchOn = (store: HubDatabase, orders: RunnerOrder[]) =>
  aDispatch(store, { pools: [{ max: 4, labels: ['self-hosted', 'linux'] }], orders });

const relayOn = () => {
  const relay = createOutboxRelay(
    { outbox: hub.db().outbox, queue: hub.queue() },
    { batch: 100, pollMs: 1_000 },
  );
  return createOutboxRelayWorker({ relay, clock, log });
};
describe('the way from the webhook to the runner', () => {
  it('orders a runner for a job', async () => {
    const orders: RunnerOrder[] = [];
    const dispatch = dispatchOn(hub.db(), orders);
    const app = createHttpApp({
      estimate: async () => null,
      jobRouter: aSchedulePolicy().router,
      ...hub.db(),
      queue: hub.queue(),
      webhookSecret,
      intake: createIntake({ ledger: hub.db().ledger, live, clock }),
      logs: createFileLogStore('unused'),
      registry: new Registry(),
      checks: [],
      log,
    });
    const http = await startHttpServer(app, { host: '127.0.0.1', port: 0 });
    hub.defer(() => http.stop());
    await hub.run(
      createDispatchWorker({ queue: hub.queue(), dispatch }, { concurrency: 4 }),
      relayOn(),
    );
    expect((await postWebhook(http.url, workflowJob(1))).status).toBe(202);
    await eventually(() => orders.length === 1, 'the order');
    expect(orders[0]).toEqual({
      pool: 'default',
      scope: 'octo/app',
      labels: ['self-hosted', 'linux'],
      wantedBy: 'job_1',
      decidedAt: expect.any(String),
    });
    await eventually(
      async () => (await hub.job(1))?.waiting?.code === 'runner-starting',
      'the reason',
    );
  });

  it('fills a pool and no more, whatever number of instances decides', async () => {
    const other = await openTestDatabase(hub.url());
    hub.defer(() => other.close());
    const orders: RunnerOrder[] = [];
    for (let id = 1; id <= 12; id++) await hub.report(id);
    await hub.run(
      ...[hub.db(), other].map((store) => {
        const dispatch = dispatchOn(store, orders);
        return createDispatchWorker({ queue: hub.queue(), dispatch }, { concurrency: 6 });
      }),
      relayOn(),
    );
    const waitFor = (code: string, count: number) =>
      eventually(async () => {
        const queued = await hub.db().ledger.list({ states: ['queued'], limit: 100 });
        return queued.filter(({ waiting }) => waiting?.code === code).length === count;
      }, `${count} jobs that wait because of ${code}`);
    await waitFor('pool-full', 8);
    expect(orders).toHaveLength(4);
    // One runner takes a job and ends; its place is used at once, by a hub that knew nothing of it.
    const [first] = await hub.db().runners.live();
    if (first === undefined) throw new Error('no runner');
    await hub.db().ledger.apply(jobIdOf(1), { kind: 'acquired' });
    await hub.db().runners.update(first.id, { state: 'gone' });
    await dispatchOn(hub.db(), orders).capacityFreed(first.pool, { end: 'job-done' });
    await eventually(() => orders.length === 5, 'the fifth order');
  });
});
