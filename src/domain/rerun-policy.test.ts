import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_CAUSES } from './failure-kind.ts';
import { CAREFUL_RERUNS, decideRerun, type RerunHistory } from './rerun-policy.ts';

const lost = { kind: 'infrastructure', cause: 'runner-lost', evidence: '' } as const;
const NOW = 10_000_000;
const decide = (
  history: Partial<RerunHistory> = {},
  failure: Parameters<typeof decideRerun>[0] = lost,
) =>
  decideRerun(
    failure,
    { attempt: 1, hadFirstStep: false, rerunsOfRepository: [], ...history },
    CAREFUL_RERUNS,
    NOW,
  );
const recent = (count: number, at = NOW - 1) => Array.from({ length: count }, () => at);

describe('decideRerun', () => {
  it('runs a job again that was lost before its first step', () => {
    expect(decide()).toEqual({ rerun: true });
  });

  it.each<[string, ReturnType<typeof decide>]>([
    ['failures of code', decide({}, { kind: 'code', cause: 'code', evidence: '' })],
    ['causes that are not listed', decide({}, { ...lost, cause: 'out-of-memory' })],
    ['jobs whose steps had begun', decide({ hadFirstStep: true })],
    ['jobs that have had their attempts', decide({ attempt: 2 })],
    ['repositories that have had theirs', decide({ rerunsOfRepository: recent(10) })],
  ])('does not run %s again', (_what, decision) => {
    expect(decision).toMatchObject({ rerun: false, why: expect.any(String) });
  });

  it('forgets after an hour', () => {
    expect(decide({ rerunsOfRepository: recent(10, NOW - 3_600_000) })).toEqual({ rerun: true });
  });

  it('ends: however often a job fails, it is run again only so often', () => {
    const policy = fc.record({
      causes: fc.constant(FAILURE_CAUSES),
      onlyBeforeFirstStep: fc.boolean(),
      maxAttempts: fc.integer({ min: 1, max: 5 }),
      maxPerHour: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(policy, fc.boolean(), (each, hadFirstStep) => {
        const reruns: number[] = [];
        let attempt = 1;
        while (attempt < 100) {
          const history = { attempt, hadFirstStep, rerunsOfRepository: reruns };
          if (!decideRerun(lost, history, each, NOW).rerun) break;
          reruns.push(NOW);
          attempt += 1;
        }
        expect(attempt).toBeLessThanOrEqual(each.maxAttempts);
        expect(reruns.length).toBeLessThanOrEqual(each.maxPerHour);
      }),
    );
  });
});
