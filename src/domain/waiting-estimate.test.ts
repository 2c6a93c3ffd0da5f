import { describe, expect, it } from 'vitest';
import { estimateWait } from './waiting-estimate.ts';

const durationsMs = [10, 20, 30, 40, 50];
const estimate = (ahead: number, runningSince: readonly number[], places = runningSince.length) =>
  estimateWait({ durationsMs, runningSince, places, ahead }, 100);

describe('estimateWait', () => {
  it('has none without data', () => {
    const few = { durationsMs: [1, 2, 3, 4], runningSince: [], places: 1, ahead: 0 };
    expect(estimateWait(few, 0)).toBeNull();
    expect(estimate(0, [], 0)).toBeNull();
  });

  it('is the first end of those that run', () => {
    // One has run for 5, the middle of all longer ones is 30; the other for 25: 40.
    expect(estimate(0, [95, 75])).toBe(15);
    expect(estimate(1, [95, 75])).toBe(25);
  });

  it('counts who comes first', () => {
    expect(estimate(2, [95, 75])).toBe(15 + 30);
    expect(estimate(5, [95, 75])).toBe(25 + 2 * 30);
  });

  it('is now where a place is free', () => {
    expect(estimate(0, [95], 2)).toBe(0);
  });

  it('goes on with a typical job for one that takes longer than all before', () => {
    expect(estimate(0, [0])).toBe(30);
  });

  it('takes the last ends where more run than have places', () => {
    expect(estimate(0, [95, 75], 1)).toBe(25);
  });
});
