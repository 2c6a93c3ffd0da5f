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
  const reconcilerOf = (settleRunner: () => Promise<void>, isSole = false) =>
    createReconciler(
      { ...hub.db(), queue: hub.queue(), log, instance: instanceId('me'), settleRunner },
      { batch: 100, isSole },
    );

  it('brings back what the queue has lost', async () => {
    await hub.report(1);
    await hub.report(2, 'waiting');
    await query(hub.url(), 'delete from outbox');
    await reconcilerOf(async () => {}).turn();
    expect(await hub.queue().counts()).toMatchObject({ waiting: 1 });
  });

  it('settles what a dead instance owned, each job as far as it got', async () => {
    for (const id of [1, 2]) {
      await hub.report(id);
      await hub.db().ledger.apply(jobIdOf(id), { kind: 'acquired' });
    }
    await hub.db().ledger.apply(jobIdOf(2), { kind: 'first-step' });
    const busy = { state: 'busy', instance: instanceId('dead') } as const;
    await hub.db().runners.add(aRunner('one', { ...busy, job: jobIdOf(1) }));
    await hub.db().runners.add(aRunner('two', { ...busy, job: jobIdOf(2) }));
    await hub.db().runners.add(aRunner('mine', { ...busy, instance: instanceId('me') }));
    await hub.db().leases.renew(instanceId('me'), 60_000);
    await hub.db().leases.renew(instanceId('dead'), 60_000);
    let isBroken = true;
    const reconciler = reconcilerOf(async () => {
      if (isBroken) throw new Error('GitHub does not answer');
    });
    await reconciler.turn();
    expect(await hub.db().runners.live()).toHaveLength(3);
    await hub.db().leases.renew(instanceId('dead'), -1);
    await reconciler.turn();
    expect(await hub.db().runners.live()).toHaveLength(3);
    isBroken = false;
    await reconciler.turn();
    expect((await hub.db().runners.live()).map(({ id }) => id)).toEqual(['runner_mine']);
    expect(await hub.job(1)).toMatchObject({ state: 'queued' });
    expect(await hub.job(2)).toMatchObject({
      state: 'completed',
      conclusion: 'failure',
      failure: 'infrastructure',
      failureDetail: expect.any(String),
    });
  });

  it('does not wait for a lease where it is the only hub', async () => {
    await hub.db().leases.renew(instanceId('dead'), 60_000);
    await hub.db().runners.add(aRunner('x', { instance: instanceId('dead') }));
    await reconcilerOf(async () => {}, true).turn();
    expect(await hub.db().runners.live()).toEqual([]);
  });

  it('settles a job whose runner is gone, but only when it stays so', async () => {
    await hub.report(1);
    const runner = aRunner('x', { state: 'gone' });
    await hub
      .db()
      .ledger.apply(jobIdOf(1), { kind: 'acquired' }, { placement: { runner: runner.id } });
    await hub.db().runners.add(runner);
    const reconciler = reconcilerOf(async () => {});
    await reconciler.turn();
    expect((await hub.job(1))?.state).toBe('assigned');
    await reconciler.turn();
    expect((await hub.job(1))?.state).toBe('queued');
  });

  it('runs as a part, at once and again', async () => {
    await hub.report(1);
    await query(hub.url(), 'delete from outbox');
    const reconciler = reconcilerOf(async () => {});
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
