import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { jobIdOf, poolName } from '../../src/domain/ids.ts';
import type { Dispatch } from '../../src/services/dispatch.ts';
import { createDispatchControls } from '../../src/services/dispatch-controls.ts';
import type { RunnerOrder } from '../../src/services/runner-order.ts';
import { createSchedulerWorker } from '../../src/workers/scheduler-worker.ts';
import { createTestClock } from '../support/clocks.ts';
import { aDispatch, type DispatchScene } from '../support/dispatch-scene.ts';
import { query } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { useHubStores } from '../support/hub-stores.ts';
import { aDelivery, aReport, aRunner } from '../support/ledger-builders.ts';
import { createRecordingLog } from '../support/logs.ts';

const hub = useHubStores();
const DONE = { done: true };

/** A dispatch, the orders it gave, and what it says of a job once it has looked at it. */
function scene(change: DispatchScene = {}) {
  const orders: RunnerOrder[] = [];
  const dispatch = aDispatch(hub.db(), { orders, ...change });
  const why = async (id = 1) => {
    await dispatch.handle(jobIdOf(id));
    return (await hub.job(id))?.waiting;
  };
  return { dispatch, orders, why };
}
const queue = (id: number, change: Parameters<typeof aReport>[2] = {}) =>
  hub.db().ledger.recordDelivery(aDelivery(), aReport(id, 'queued', change));
const wantedBy = (orders: readonly RunnerOrder[]) => orders.map((order) => order.wantedBy);

describe('dispatch', () => {
  it('leaves jobs alone that GitHub holds, or that are done or unknown', async () => {
    const { dispatch, orders } = scene();
    await hub.report(1, 'waiting');
    await hub.report(2, 'completed');
    for (const id of [1, 2, 3]) expect(await dispatch.handle(jobIdOf(id))).toEqual(DONE);
    expect(orders).toEqual([]);
    expect((await hub.job(1))?.waiting).toEqual({ code: 'held-by-github' });
  });

  it('starts one runner per job, however often and whoever is reminded', async () => {
    const one = scene();
    const other = scene();
    for (const id of [1, 2, 3]) await queue(id);
    await Promise.all(
      [1, 2, 3, 3, 2, 1].flatMap((id) => [
        one.dispatch.handle(jobIdOf(id)),
        other.dispatch.handle(jobIdOf(id)),
      ]),
    );
    const all = wantedBy([...one.orders, ...other.orders]);
    expect(all.sort()).toEqual(['job_1', 'job_2', 'job_3']);
  });

  it('gives a freed place to the job whose turn it is, not to the one that has just come', async () => {
    const { dispatch, orders } = scene({
      pools: [{ max: 1 }],
      priorities: [{ match: { branch: ['main'] }, priority: 5 }],
    });
    for (const id of [1, 2]) {
      await queue(id, { labels: ['linux'], headBranch: id === 1 ? 'main' : 'slow' });
      await dispatch.handle(jobIdOf(id));
    }
    await queue(3, { labels: ['linux'] });
    const [runner] = await hub.db().runners.live();
    if (runner === undefined) throw new Error('no runner');
    await hub.db().ledger.apply(jobIdOf(1), { kind: 'acquired' });
    await hub.db().runners.update(runner.id, { state: 'gone' });
    await dispatch.capacityFreed(runner.pool, { end: 'job-done' });
    expect(wantedBy(orders)).toEqual(['job_1', 'job_3']);
    expect(dispatch.lastLook()?.ahead).toEqual(new Map([['job_2', 0]]));
  });

  it('takes a runner whose job went elsewhere for the next one', async () => {
    const { dispatch, orders } = scene();
    await queue(1);
    await dispatch.handle(jobIdOf(1));
    await hub.db().ledger.recordDelivery(aDelivery(), aReport(1, 'completed'));
    await queue(2);
    await dispatch.handle(jobIdOf(2));
    expect(wantedBy(orders)).toEqual(['job_1']);
  });

  it('finds by itself what the queue has forgotten, and starts it when time has come', async () => {
    const rule = { pool: poolName('default'), afterMs: 300 };
    const rules = [{ name: 'later', match: {}, action: { kind: 'pools' as const, pools: [rule] } }];
    const { dispatch, orders, why } = scene({ routing: { rules } });
    await hub.db().ledger.recordDelivery(aDelivery(), {
      ...aReport(1),
      queuedAt: new Date().toISOString(),
    });
    expect(await why()).toMatchObject({ code: 'fallback-later', afterSeconds: 0.3 });
    const log = createRecordingLog();
    await hub.run(createSchedulerWorker({ dispatch, clock: createTestClock(), log }));
    await eventually(() => orders.length === 1, 'the order');
  });

  it('rests a pool whose runner failed, on every instance, longer each time', async () => {
    await queue(1);
    const { dispatch, orders, why } = scene();
    const other = scene();
    const reason = { code: 'host-down', host: 'local', detail: 'gone' } as const;
    for (let failure = 0; failure < 6; failure++) {
      await dispatch.capacityFreed(poolName('default'), { end: 'failed', reason });
    }
    expect(await why()).toEqual(reason);
    expect(await other.why()).toEqual(reason);
    expect([...orders, ...other.orders]).toEqual([]);
    const left = (dispatch.lastLook()?.wakeAt ?? 0) - Date.now();
    expect(left).toBeGreaterThan(40_000);
    expect(left).toBeLessThanOrEqual(60_000);
    await other.dispatch.capacityFreed(poolName('default'), { end: 'job-done' });
    expect(other.orders).toHaveLength(1);
  });

  it('does not hide a bug behind a reason', async () => {
    await queue(1);
    const { dispatch } = scene({
      beforeStart: () => {
        throw new TypeError('bug');
      },
    });
    await expect(dispatch.handle(jobIdOf(1))).rejects.toThrow('bug');
  });

  it('looks a run up once, and again when GitHub did not answer', async () => {
    let answers = 0;
    const { dispatch, orders, why } = scene({
      needsRun: true,
      getRun: async () => {
        answers += 1;
        if (answers === 1) throw new AppError('github-unreachable', 'no route');
        return { event: 'push', headRepository: 'octo/app' };
      },
    });
    for (const id of [1, 2]) await queue(id);
    expect(await why()).toEqual({ code: 'run-unknown', detail: 'no route' });
    await dispatch.lookAtAll();
    expect((await hub.job(1))?.waiting).toEqual({ code: 'run-unknown', detail: 'no route' });
    expect(await dispatch.handle(jobIdOf(1))).toEqual(DONE);
    expect(await dispatch.handle(jobIdOf(2))).toEqual(DONE);
    expect(answers).toBe(2);
    expect(wantedBy(orders)).toEqual(['job_1', 'job_2']);
  });

  it('keeps the instant since when a job waits as long as the reason is the same', async () => {
    await queue(1);
    const { dispatch } = scene({ pools: [{ max: 0 }] });
    await dispatch.lookAtAll();
    const first = await hub.job(1);
    expect(first?.waiting?.code).toBe('pool-full');
    await query(hub.url(), `update jobs set waiting_since = '2026-01-01T00:00:00Z'`);
    const again = scene({ pools: [{ max: 0, labels: ['self-hosted', 'linux'] }] });
    await again.dispatch.lookAtAll();
    await hub.db().ledger.setWaiting(jobIdOf(1), { code: 'pool-full', pool: 'default', max: 9 });
    expect((await hub.job(1))?.waitingSince).toBe('2026-01-01T00:00:00.000Z');
    await scene({ pools: [{ labels: ['windows'] }] }).dispatch.lookAtAll();
    const later = await hub.job(1);
    expect(later?.waiting?.code).toBe('no-pool-for-labels');
    expect(Date.parse(later?.waitingSince ?? '')).toBeGreaterThan(Date.parse('2026-01-02'));
  });
});

const controlsOf = (dispatch: Dispatch) =>
  createDispatchControls({
    schedule: hub.db().schedule,
    ...{ dispatch, live: { publish: () => {} }, log: createRecordingLog() },
    pools: [{ name: poolName('default') }],
  });

describe('why a job waits, through the real dispatch', () => {
  const own = { pool: poolName('own'), afterMs: 0 };
  const to = (...pools: { pool: ReturnType<typeof poolName>; afterMs: number }[]) => ({
    rules: [{ name: 'r', match: {}, action: { kind: 'pools' as const, pools } }],
  });
  const hold = { rules: [{ name: 'r', match: {}, action: { kind: 'hold' as const, note: 'no' } }] };
  const broken = (error: AppError): DispatchScene => ({
    beforeStart: () => {
      throw error;
    },
  });
  const linux = ['self-hosted', 'linux'];
  const quota = { name: 'q', match: {}, pools: [], per: 'all' as const, max: 0 };

  it.each<[string, DispatchScene]>([
    ['no-pool-for-labels', { pools: [{ labels: ['windows'] }] }],
    ['repository-not-allowed', { pools: [{ repositories: ['x/*'] }] }],
    ['pools-exclusive', { pools: [{ exclusive: true }] }],
    ['rule-fits-no-pool', { pools: [{ name: 'own', labels: ['windows'] }, {}], routing: to(own) }],
    ['held-by-rule', { routing: hold }],
    ['fallback-later', { routing: to({ pool: poolName('default'), afterMs: 86_400_000_000 }) }],
    ['quota-reached', { quotas: [quota] }],
    ['pool-full', { pools: [{ max: 0 }] }],
    ['host-down', broken(new AppError('docker-down', 'x'))],
    ['container-failed', broken(new AppError('image-missing', 'x'))],
    ['container-failed', broken(new AppError('docker-failed', 'x'))],
    ['github-refused', broken(new AppError('github-refused', 'x'))],
    ['github-refused', broken(new AppError('github-unreachable', 'x'))],
    ['api-budget', broken(new AppError('github-limited', 'x'))],
    ['draining', broken(new AppError('cancelled', 'x'))],
    ['runner-starting', {}],
    [
      'fork-not-trusted',
      { needsRun: true, getRun: async () => ({ event: 'pull_request', headRepository: 'x/app' }) },
    ],
    ['run-unknown', { needsRun: true, getRun: async () => null }],
  ])('%s', async (code, change) => {
    await queue(1);
    expect((await scene(change).why())?.code).toBe(code);
  });

  it('runner-idle, then not-offered', async () => {
    await queue(1);
    const runner = aRunner('x', { labels: linux, wantedBy: jobIdOf(1) });
    await hub.db().runners.add(runner);
    await hub.db().runners.update(runner.id, { state: 'idle' });
    expect((await scene().why())?.code).toBe('runner-idle');
    await query(hub.url(), `update runners set state_since = now() - interval '1 minute'`);
    expect((await scene().why())?.code).toBe('not-offered');
  });

  it('fair-share', async () => {
    const { dispatch } = scene({ pools: [{ max: 4 }], shares: { reservePercent: 50 } });
    for (const id of [1, 2, 3]) await queue(id, { labels: ['linux'] });
    await queue(9, { labels: ['linux'], repository: 'other/app' });
    await hub.db().ledger.recordDelivery(aDelivery(), aReport(9, 'completed'));
    await query(hub.url(), `update jobs set pool = 'default' where id = 'job_9'`);
    await dispatch.lookAtAll();
    expect((await hub.job(3))?.waiting).toEqual({
      ...{ code: 'fair-share', pool: 'default', reserved: 2 },
    });
  });

  it('held, until it is released', async () => {
    await queue(1);
    const { dispatch, orders } = scene();
    const controls = controlsOf(dispatch);
    await controls.hold(jobIdOf(1), 'wait for the release');
    expect((await hub.job(1))?.waiting).toEqual({ code: 'held', note: 'wait for the release' });
    expect(orders).toEqual([]);
    await controls.release(jobIdOf(1));
    expect(wantedBy(orders)).toEqual(['job_1']);
    await expect(controls.hold(jobIdOf(99), '')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('pool-paused, until it is resumed', async () => {
    await queue(1);
    const { dispatch, orders } = scene();
    const controls = controlsOf(dispatch);
    const pool = poolName('default');
    await controls.pause(pool, 'new disk');
    expect((await hub.job(1))?.waiting).toEqual({ code: 'pool-paused', pool, note: 'new disk' });
    await controls.resume(pool);
    expect(wantedBy(orders)).toEqual(['job_1']);
    const unknown = controls.pause(poolName('none'), '');
    await expect(unknown).rejects.toMatchObject({ code: 'not-found' });
  });

  it('its turn comes first when somebody gives it priority', async () => {
    for (const id of [1, 2]) await queue(id);
    await hub.db().schedule.setPaused(poolName('default'), '');
    const { dispatch, orders } = scene({ pools: [{ max: 1 }] });
    const controls = controlsOf(dispatch);
    await controls.prioritise(jobIdOf(2), 5);
    expect((await hub.job(2))?.priority).toBe(5);
    await controls.resume(poolName('default'));
    expect(wantedBy(orders)).toEqual(['job_2']);
  });
});
