import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ApiBudget,
  admit,
  exhaustedAt,
  freshBudget,
  learn,
  type PlannedCall,
  shareLeft,
  spend,
} from './api-budget.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const call = (urgency: PlannedCall['urgency'], writes = false): PlannedCall => ({
  urgency,
  writes,
});
const withPrimary = (remaining: number, resetAt = HOUR): ApiBudget =>
  learn(freshBudget(0), { primary: { limit: 5_000, remaining, resetAt }, waitMs: null }, 0);

describe('the budget of calls to GitHub', () => {
  it('never lets 900 points go in any minute, however calls come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ afterMs: fc.nat(400), writes: fc.boolean() }), { maxLength: 2_000 }),
        (calls) => {
          let budget = freshBudget(0);
          let now = 0;
          const sent: { at: number; points: number }[] = [];
          for (const { afterMs, writes } of calls) {
            now += afterMs;
            const planned = call('critical', writes);
            const admission = admit(budget, planned, now);
            if (admission.kind === 'wait') now += admission.ms;
            expect(admit(budget, planned, now)).toEqual({ kind: 'go' });
            budget = spend(budget, planned, now);
            sent.push({ at: now, points: writes ? 5 : 1 });
          }
          for (const { at } of sent) {
            const inMinute = sent.filter((each) => each.at >= at && each.at < at + MINUTE);
            expect(inMinute.reduce((sum, { points }) => sum + points, 0)).toBeLessThanOrEqual(900);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('leaves room for what is urgent', () => {
    const low = withPrimary(1_500);
    expect(admit(low, call('background'), 0)).toEqual({ kind: 'wait', ms: HOUR, limit: 'primary' });
    expect(admit(low, call('normal'), 0)).toEqual({ kind: 'go' });
    const lower = withPrimary(400);
    expect(admit(lower, call('normal'), 0)).toMatchObject({ kind: 'wait', limit: 'primary' });
    expect(admit(lower, call('critical', true), 0)).toEqual({ kind: 'go' });
    expect(admit(withPrimary(0), call('critical'), 0)).toMatchObject({ kind: 'wait' });
  });

  it('knows nothing of a window that has ended', () => {
    expect(admit(withPrimary(0, 10), call('background'), 10)).toEqual({ kind: 'go' });
    expect(shareLeft(withPrimary(0, 10), 10)).toBe(1);
  });

  it('waits as long as GitHub says', () => {
    const told = learn(freshBudget(0), { primary: null, waitMs: 30_000 }, 1_000);
    expect(admit(told, call('critical'), 2_000)).toEqual({
      kind: 'wait',
      ms: 29_000,
      limit: 'told-to-wait',
    });
    expect(shareLeft(told, 2_000)).toBe(0);
    expect(admit(told, call('critical'), 31_000)).toEqual({ kind: 'go' });
  });

  it('takes the lowest count of a window, whatever the order of the answers', () => {
    const answers = [90, 70, 80].map((remaining) => ({
      primary: { limit: 100, remaining, resetAt: HOUR },
      waitMs: null,
    }));
    const after = answers.reduce((budget, answer) => learn(budget, answer, 0), freshBudget(0));
    expect(after.primary?.remaining).toBe(70);
    const older = { primary: { limit: 100, remaining: 1, resetAt: HOUR - 1 }, waitMs: null };
    expect(learn(after, older, 0).primary?.remaining).toBe(70);
    const newer = { primary: { limit: 100, remaining: 99, resetAt: 2 * HOUR }, waitMs: null };
    expect(learn(after, newer, 0).primary?.remaining).toBe(99);
  });

  it('says when it will be used up', () => {
    // Half an hour in, 4,000 of 5,000 are used: the rest lasts 7.5 minutes.
    expect(exhaustedAt(withPrimary(1_000), HOUR / 2)).toBe(HOUR / 2 + 7.5 * MINUTE);
    expect(exhaustedAt(withPrimary(3_000), HOUR / 2)).toBeNull();
    expect(exhaustedAt(freshBudget(0), 0)).toBeNull();
  });
});
