import { describe, expect, it } from 'vitest';
import { poolName } from '../domain/ids.ts';
import { createPoolPauses } from './pool-pauses.ts';

describe('createPoolPauses', () => {
  it('lets a failing pool rest longer each time, until it works', () => {
    let now = 0;
    const clock = { now: () => now, sleep: async () => {} };
    const pauses = createPoolPauses(clock, { firstMs: 10, lastMs: 25 });
    const pool = poolName('a');
    expect(pauses.leftMs(pool)).toBe(0);
    const rests = [1, 2, 3, 4].map(() => {
      pauses.failed(pool);
      return pauses.leftMs(pool);
    });
    expect(rests).toEqual([10, 20, 25, 25]);
    expect(pauses.leftMs(poolName('b'))).toBe(0);
    now = 20;
    expect(pauses.leftMs(pool)).toBe(5);
    now = 30;
    expect(pauses.leftMs(pool)).toBe(0);
    pauses.failed(pool);
    pauses.worked(pool);
    expect(pauses.leftMs(pool)).toBe(0);
  });
});
