import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { creationBackOffMs, hasRoom, type PoolCounts, planPool } from './pool.ts';

const counts = (change: Partial<PoolCounts> = {}): PoolCounts => ({
  creating: 0,
  warm: 0,
  taken: 0,
  waiting: 0,
  ...change,
});

describe('the plan of a pool', () => {
  it('keeps warm containers beside the taken ones', () => {
    expect(planPool({ minIdle: 2, max: 9 }, counts({ taken: 3 }))).toEqual({
      create: 2,
      retire: 0,
    });
  });

  it('counts containers that are being made', () => {
    const plan = planPool({ minIdle: 2, max: 9 }, counts({ creating: 1, warm: 1 }));
    expect(plan).toEqual({ create: 0, retire: 0 });
  });

  it('makes one more for every waiting claim', () => {
    expect(planPool({ minIdle: 1, max: 9 }, counts({ waiting: 2 })).create).toBe(3);
  });

  it('retires warm containers that nobody asked for', () => {
    expect(planPool({ minIdle: 1, max: 9 }, counts({ warm: 3 }))).toEqual({ create: 0, retire: 2 });
  });

  it('has no room for a claim beyond its maximum', () => {
    expect(hasRoom({ minIdle: 0, max: 2 }, counts({ taken: 1 }))).toBe(true);
    expect(hasRoom({ minIdle: 0, max: 2 }, counts({ taken: 1, waiting: 1 }))).toBe(false);
  });

  it('never goes above the maximum and never both makes and retires', () => {
    const small = fc.nat({ max: 20 });
    fc.assert(
      fc.property(small, small, small, small, small, small, (minIdle, max, a, b, c, d) => {
        const now = { creating: a, warm: b, taken: c, waiting: d };
        const { create, retire } = planPool({ minIdle, max }, now);
        expect(create === 0 || retire === 0).toBe(true);
        expect(retire).toBeLessThanOrEqual(b);
        if (create > 0) expect(a + b + c + create).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('waits longer after every failure, up to half a minute', () => {
    expect([0, 1, 2, 5, 6, 50].map(creationBackOffMs)).toEqual([
      0, 1_000, 2_000, 16_000, 30_000, 30_000,
    ]);
  });
});
