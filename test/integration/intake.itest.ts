import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { HubDatabase } from '../../src/adapters/database/open-database.ts';
import { createFileLogStore } from '../../src/adapters/files/log-store.ts';
import { AppError } from '../../src/domain/errors.ts';
import { instanceId, jobIdOf, poolName } from '../../src/domain/ids.ts';
import type { PoolPolicy } from '../../src/domain/schedule.ts';
import { createHttpApp } from '../../src/http/create-http-app.ts';
import { startHttpServer } from '../../src/http/start-http-server.ts';
import { createDispatch, type Dispatch } from '../../src/services/dispatch.ts';
import { createIntake } from '../../src/services/intake.ts';
import { createOutboxRelay } from '../../src/services/outbox-relay.ts';
import type { RunnerOrder } from '../../src/services/runner-order.ts';
import { createDispatchWorker } from '../../src/workers/dispatch-worker.ts';
import { createOutboxRelayWorker } from '../../src/workers/outbox-relay-worker.ts';
import { createTestClock } from '../support/clocks.ts';
import { openTestDatabase } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { useHubStores } from '../support/hub-stores.ts';
import { aRunner } from '../support/ledger-builders.ts';
import { createRecordingLog } from '../support/logs.ts';
import { postWebhook, webhookSecret, workflowJob } from '../support/post-webhook.ts';

const clock = createTestClock();
const log = createRecordingLog();
const live = { publish: () => {} };
const numbers = { firstRetryMs: 40, lastRetryMs: 1_000, freedBatch: 50 };
const aPool = (change: Partial<PoolPolicy> = {}): PoolPolicy => ({
  name: poolName('default'),
  labels: ['self-hosted', 'linux'],
  max: 4,
  ...change,
});

const hub = useHubStores();

/** Records the runner as the proxy runner does, and keeps the order. */
const recordOrders = (store: HubDatabase, orders: RunnerOrder[]) => async (order: RunnerOrder) => {
  orders.push(order);
  await store.runners.add(aRunner(randomUUID(), { ...order, instance: instanceId('a') }));
};

const dispatchOn = (
  store: HubDatabase,
  startRunner: (order: RunnerOrder) => Promise<void>,
  pools = [aPool()],
): Dispatch =>
  createDispatch(
    {
      ...store,
      queue: hub.queue(),
      live,
      clock,
      log,
      pools,
      scopeOf: (repository) => repository,
      startRunner,
    },
    numbers,
  );

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
    const dispatch = dispatchOn(hub.db(), recordOrders(hub.db(), orders));
    const app = createHttpApp({
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
        const dispatch = dispatchOn(store, recordOrders(store, orders));
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
    // One runner takes a job and ends; its place is used at once.
    const [first] = await hub.db().runners.live();
    if (first === undefined) throw new Error('no runner');
    await hub.db().ledger.apply(jobIdOf(1), { kind: 'acquired' });
    await hub.db().runners.update(first.id, { state: 'gone' });
    await dispatchOn(hub.db(), recordOrders(hub.db(), orders)).capacityFreed(first.pool, 'worked');
    await eventually(() => orders.length === 5, 'the fifth order');
  });

  it('leaves jobs alone that are held, taken or unknown', async () => {
    const orders: RunnerOrder[] = [];
    const dispatch = dispatchOn(hub.db(), recordOrders(hub.db(), orders));
    await hub.report(1, 'waiting');
    await hub.report(2, 'completed');
    for (const id of [1, 2, 3]) {
      expect(await dispatch.handle(jobIdOf(id))).toEqual({ done: true });
    }
    expect(orders).toEqual([]);
    expect((await hub.job(1))?.waiting).toEqual({ code: 'held-by-github' });
  });

  it('says why a job waits and asks less and less often', async () => {
    await hub.report(1);
    const unfit = dispatchOn(hub.db(), async () => {}, [aPool({ labels: ['windows'] })]);
    const answers = [];
    for (let time = 0; time < 7; time++) answers.push(await unfit.handle(jobIdOf(1)));
    expect(answers.map((each) => ('retryInMs' in each ? each.retryInMs : 0))).toEqual([
      40, 80, 160, 320, 640, 1_000, 1_000,
    ]);
    expect((await hub.job(1))?.waiting).toEqual({
      code: 'no-pool-for-labels',
      labels: ['self-hosted', 'Linux'],
    });
  });

  it.each([
    ['docker-down', 'host-down'],
    ['image-missing', 'container-failed'],
    ['github-refused', 'github-refused'],
    ['github-unreachable', 'github-refused'],
  ] as const)('waits out %s', async (code, reason) => {
    await hub.report(1);
    const broken = dispatchOn(hub.db(), async () => {
      throw new AppError(code, 'the detail');
    });
    expect(await broken.handle(jobIdOf(1))).toEqual({ retryInMs: 40 });
    expect((await hub.job(1))?.waiting).toMatchObject({ code: reason, detail: 'the detail' });
    const orders: RunnerOrder[] = [];
    expect(await dispatchOn(hub.db(), recordOrders(hub.db(), orders)).handle(jobIdOf(1))).toEqual({
      done: true,
    });
    expect((await hub.job(1))?.waiting).toEqual({ code: 'runner-starting', pool: 'default' });
  });

  it('lets a pool rest whose runner failed, and keeps the reason', async () => {
    await hub.report(1);
    const orders: RunnerOrder[] = [];
    const dispatch = dispatchOn(hub.db(), recordOrders(hub.db(), orders));
    const reason = { code: 'host-down', host: 'local', detail: 'gone' } as const;
    await hub.db().ledger.setWaiting(jobIdOf(1), reason);
    for (let failure = 0; failure < 6; failure++) {
      await dispatch.capacityFreed(poolName('default'), 'failed');
    }
    expect(await hub.queue().counts()).toMatchObject({ delayed: 1, waiting: 0 });
    expect(await dispatch.handle(jobIdOf(1))).toEqual({ retryInMs: expect.any(Number) });
    expect((await hub.job(1))?.waiting).toEqual(reason);
    expect(orders).toEqual([]);
    await dispatch.capacityFreed(poolName('default'), 'worked');
    expect(await dispatch.handle(jobIdOf(1))).toEqual({ done: true });
    expect(orders).toHaveLength(1);
  });

  it('does not hide a bug behind a reason', async () => {
    await hub.report(1);
    const buggy = dispatchOn(hub.db(), () => Promise.reject(new TypeError('bug')));
    await expect(buggy.handle(jobIdOf(1))).rejects.toThrow('bug');
  });
});
