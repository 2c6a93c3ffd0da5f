import { describe, expect, it } from 'vitest';
import { instanceId, jobIdOf } from '../../src/domain/ids.ts';
import { createInstanceLease } from '../../src/services/instance-lease.ts';
import { createReconciler } from '../../src/services/reconciler.ts';
import { createInstanceLeaseWorker } from '../../src/workers/instance-lease-worker.ts';
import { createReconcilerWorker } from '../../src/workers/reconciler-worker.ts';
import { createTestClock } from '../support/clocks.ts';
import { query } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { useHubStores } from '../support/hub-stores.ts';
import { aRunner } from '../support/ledger-builders.ts';
import { createRecordingLog } from '../support/logs.ts';

const clock = createTestClock();
const log = createRecordingLog();
const hub = useHubStores();

describe('reconciler', () => {
  const reconcilerOf = (change: { batch?: number; reap?: () => Promise<unknown> } = {}) =>
    createReconciler(
      { ...hub.db(), queue: hub.queue(), log, reap: change.reap ?? (async () => {}) },
      { batch: change.batch ?? 100 },
    );

  it('brings back what the queue has lost', async () => {
    await hub.report(1);
    await hub.report(2, 'waiting');
    await query(hub.url(), 'delete from outbox');
    await reconcilerOf().turn();
    expect(await hub.queue().counts()).toMatchObject({ waiting: 1 });
  });

  it('goes round a long queue, some jobs each turn', async () => {
    for (const id of [1, 2, 3]) await hub.report(id);
    const { queue } = hub;
    const reconciler = reconcilerOf({ batch: 2 });
    await reconciler.turn();
    expect(await queue().counts()).toMatchObject({ waiting: 2 });
    await reconciler.turn();
    expect(await queue().counts()).toMatchObject({ waiting: 3 });
    await reconciler.turn();
    expect(await queue().counts()).toMatchObject({ waiting: 3 });
  });

  it('reaps first, so that what a dead instance gave back is enqueued at once', async () => {
    await hub.report(1);
    await query(hub.url(), 'delete from outbox');
    await hub.db().ledger.apply(jobIdOf(1), { kind: 'acquired' });
    const reap = () => hub.db().ledger.apply(jobIdOf(1), { kind: 'owner-lost' });
    await reconcilerOf({ reap }).turn();
    expect(await hub.queue().counts()).toMatchObject({ waiting: 1 });
  });

  it('settles a job whose runner is gone, but only when it stays so', async () => {
    await hub.report(1);
    const runner = aRunner('x', { state: 'gone' });
    await hub
      .db()
      .ledger.apply(jobIdOf(1), { kind: 'acquired' }, { placement: { runner: runner.id } });
    await hub.db().runners.add(runner);
    const reconciler = reconcilerOf();
    await reconciler.turn();
    expect((await hub.job(1))?.state).toBe('assigned');
    await reconciler.turn();
    expect(await hub.job(1)).toMatchObject({ state: 'queued', runner: null });
  });

  it('ends a job as a failure whose steps had begun when its runner was lost', async () => {
    await hub.report(1);
    const runner = aRunner('x', { state: 'gone' });
    const { ledger } = hub.db();
    await ledger.apply(jobIdOf(1), { kind: 'acquired' }, { placement: { runner: runner.id } });
    await ledger.apply(jobIdOf(1), { kind: 'first-step' });
    const reconciler = reconcilerOf();
    await reconciler.turn();
    await reconciler.turn();
    expect(await hub.job(1)).toMatchObject({
      state: 'completed',
      conclusion: 'failure',
      failure: 'infrastructure',
      failureDetail: expect.any(String),
    });
  });

  it('runs as a part, at once and again', async () => {
    await hub.report(1);
    await query(hub.url(), 'delete from outbox');
    const reconciler = reconcilerOf();
    await hub.run(createReconcilerWorker({ reconciler, clock, log }, { everyMs: 30 }));
    await eventually(async () => (await hub.queue().counts()).waiting === 1, 'the entry');
  });
});

describe('instance lease', () => {
  it('is held from start to stop', async () => {
    const lease = createInstanceLease(
      { leases: hub.db().leases, instance: instanceId('me'), clock, log, onLost: () => {} },
      { ttlMs: 300 },
    );
    const part = createInstanceLeaseWorker({ lease, clock, log }, { ttlMs: 300 });
    await part.start();
    const until = Date.now() + 700;
    await eventually(async () => {
      expect(await hub.db().leases.alive()).toEqual(['hub_me']);
      return Date.now() > until;
    }, 'more than two lease times');
    await part.stop();
    expect(await hub.db().leases.alive()).toEqual([]);
  });

  it('says that it was lost when it could not be renewed in time', async () => {
    let now = 0;
    let lost = 0;
    const lease = createInstanceLease(
      {
        leases: hub.db().leases,
        instance: instanceId('me'),
        clock: { ...clock, now: () => now },
        log,
        onLost: () => {
          lost++;
        },
      },
      { ttlMs: 1_000 },
    );
    await lease.renew();
    now = 900;
    await lease.renew();
    now = 1_950;
    await lease.renew();
    expect(lost).toBe(1);
  });
});
