import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextPollMs } from './poll-rate.ts';

const NUMBERS = { fastestMs: 10_000, slowestMs: 60_000 };

describe('the pace of asking GitHub', () => {
  it('is slow where webhooks come, fast where they get lost', () => {
    expect(nextPollMs({ missed: 0, heard: 50, budgetLeft: 1 }, NUMBERS)).toBe(60_000);
    expect(nextPollMs({ missed: 5, heard: 45, budgetLeft: 1 }, NUMBERS)).toBe(10_000);
    expect(nextPollMs({ missed: 9, heard: 0, budgetLeft: 1 }, NUMBERS)).toBe(10_000);
  });

  it('goes down with the budget', () => {
    expect(nextPollMs({ missed: 9, heard: 0, budgetLeft: 0.3 }, NUMBERS)).toBe(20_000);
    expect(nextPollMs({ missed: 9, heard: 0, budgetLeft: 0 }, NUMBERS)).toBe(60_000);
  });

  it('stays within its bounds, and more loss never makes it slower', () => {
    const facts = fc.record({
      missed: fc.nat(100),
      heard: fc.nat(100),
      budgetLeft: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(facts, fc.nat(100), (one, more) => {
        const pace = nextPollMs(one, NUMBERS);
        expect(pace).toBeGreaterThanOrEqual(NUMBERS.fastestMs);
        expect(pace).toBeLessThanOrEqual(NUMBERS.slowestMs);
        const lossier = { ...one, missed: one.missed + more };
        expect(nextPollMs(lossier, NUMBERS)).toBeLessThanOrEqual(pace);
      }),
    );
  });
});
