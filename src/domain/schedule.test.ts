import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PoolName, poolName } from './ids.ts';
import { type Demand, type LiveRunner, type PoolPolicy, schedule } from './schedule.ts';

const aPool = (change: Partial<PoolPolicy> = {}): PoolPolicy => ({
  name: poolName('default'),
  labels: ['self-hosted', 'linux'],
  max: 2,
  ...change,
});
const aRunner = (change: Partial<LiveRunner> = {}): LiveRunner => ({
  pool: poolName('default'),
  scope: 'o/r',
  labels: ['self-hosted', 'linux'],
  state: 'starting',
  ...change,
});
const jobs = (count: number, labels = ['linux'], scope = 'o/r'): Demand => ({
  scope,
  labels,
  jobs: count,
});
const wanted = { scope: 'o/r', labels: ['linux'] };

describe('schedule', () => {
  it('starts a runner for a job that nobody will take', () => {
    const decision = schedule({ wanted, demand: [jobs(1)], runners: [], pools: [aPool()] });
    expect(decision).toEqual({ kind: 'start', pool: 'default' });
  });

  it('does not start a second runner for one job', () => {
    const input = { wanted, demand: [jobs(1)], pools: [aPool()] };
    expect(schedule({ ...input, runners: [aRunner()] }).kind).toBe('covered');
    expect(schedule({ ...input, runners: [aRunner({ state: 'idle' })] }).kind).toBe('covered');
    expect(schedule({ ...input, runners: [aRunner({ state: 'busy' })] }).kind).toBe('start');
  });

  it('counts a runner only where it is registered', () => {
    const runners = [aRunner({ scope: 'o/other' })];
    expect(schedule({ wanted, demand: [jobs(1)], runners, pools: [aPool()] }).kind).toBe('start');
  });

  it('says that the pool is full', () => {
    const runners = [aRunner({ state: 'busy' }), aRunner({ state: 'busy' })];
    expect(schedule({ wanted, demand: [jobs(1)], runners, pools: [aPool()] })).toEqual({
      kind: 'wait',
      reason: { code: 'pool-full', pool: 'default', max: 2 },
    });
  });

  it('falls back to the next pool that fits', () => {
    const pools = [aPool({ max: 1 }), aPool({ name: poolName('more') })];
    const runners = [aRunner({ state: 'busy' })];
    expect(schedule({ wanted, demand: [jobs(1)], runners, pools })).toEqual({
      kind: 'start',
      pool: 'more',
    });
  });

  it('says that no pool offers the labels', () => {
    const strange = { scope: 'o/r', labels: ['gpu', 'Linux'] };
    expect(
      schedule({ wanted: strange, demand: [jobs(1)], runners: [], pools: [aPool()] }),
    ).toMatchObject({ reason: { code: 'no-pool-for-labels', labels: ['gpu', 'Linux'] } });
  });

  it('counts a runner that fits two kinds of jobs once', () => {
    const pools = [aPool({ labels: ['linux', 'big'], max: 9 })];
    const runners = [aRunner({ labels: ['linux', 'big'] })];
    const demand = [jobs(1, ['linux']), jobs(1, ['linux', 'big'])];
    expect(schedule({ wanted, demand, runners, pools }).kind).toBe('start');
  });

  it('starts exactly as many runners as are needed and never exceeds a pool', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    const labels = fc.uniqueArray(label, { minLength: 1, maxLength: 3 });
    const pools = fc
      .array(fc.record({ labels, max: fc.integer({ min: 1, max: 4 }) }), {
        minLength: 1,
        maxLength: 3,
      })
      .map((list) => list.map((pool, index) => ({ ...pool, name: poolName(`p${index}`) })));
    const demand = fc.array(
      fc.record({ scope: fc.constantFrom('x', 'y'), labels, jobs: fc.integer({ min: 1, max: 4 }) }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(pools, demand, (policies, wants) => {
        const runners = runToRest(policies, wants);
        for (const pool of policies) {
          expect(inPool(runners, pool.name)).toBeLessThanOrEqual(pool.max);
        }
        const total = wants.reduce((sum, each) => sum + each.jobs, 0);
        expect(runners.length).toBeLessThanOrEqual(total);
        for (const want of wants) {
          const decision = schedule({ wanted: want, demand: wants, runners, pools: policies });
          expect(decision.kind).not.toBe('start');
          if (decision.kind !== 'wait' || decision.reason.code !== 'pool-full') continue;
          const fitting = policies.filter((p) => want.labels.every((l) => p.labels.includes(l)));
          expect(fitting.every((p) => inPool(runners, p.name) === p.max)).toBe(true);
        }
      }),
    );
  });
});

const inPool = (runners: readonly LiveRunner[], pool: PoolName) =>
  runners.filter((runner) => runner.pool === pool).length;

/** Asks for every kind until nothing starts any more. */
function runToRest(pools: readonly PoolPolicy[], demand: readonly Demand[]): LiveRunner[] {
  const runners: LiveRunner[] = [];
  for (let started = true; started; ) {
    started = false;
    for (const wanted of demand) {
      const decision = schedule({ wanted, demand, runners, pools });
      if (decision.kind !== 'start') continue;
      const pool = pools.find((each) => each.name === decision.pool);
      runners.push(
        aRunner({ pool: decision.pool, scope: wanted.scope, labels: pool?.labels ?? [] }),
      );
      started = true;
    }
  }
  return runners;
}
