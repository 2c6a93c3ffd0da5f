import { describe, expect, it } from 'vitest';
import { backoffMs } from './bullmq-queue.ts';

describe('backoffMs', () => {
  it('doubles up to half a minute, half of it by chance', () => {
    expect([1, 2, 3, 6, 40].map((attempts) => backoffMs(attempts, 1))).toEqual([
      1_000, 2_000, 4_000, 30_000, 30_000,
    ]);
    expect(backoffMs(1, 0)).toBe(500);
  });
});
