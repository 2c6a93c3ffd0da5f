import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JobMatch, type JobTraits, matchesJob, matchesPattern } from './job-match.ts';
import { compileRules } from './job-rules.ts';

const aJob = (change: Partial<JobTraits> = {}): JobTraits => ({
  repository: 'octo/app',
  workflow: 'CI',
  job: 'test',
  branch: 'main',
  event: 'push',
  labels: ['self-hosted', 'Linux'],
  ...change,
});

describe('matchesPattern', () => {
  it.each([
    ['octo/*', 'Octo/app', true],
    ['octo/*', 'octopus/app', false],
    ['*', '', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b', 'ab', true],
    ['a*a', 'a', false],
    ['*-web', 'my-web', true],
    ['release/*', 'release/1.2', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it('takes no time with many stars', () => {
    expect(matchesPattern('*a'.repeat(200), 'a'.repeat(199))).toBe(false);
  });
});

describe('compileRules', () => {
  it('answers the first rule that fits', () => {
    const rules = compileRules([
      { match: { repository: ['octo/*'], branch: ['release/*'] }, value: 'release' },
      { match: { labels: ['linux'] }, value: 'linux' },
      { match: {}, value: 'rest' },
    ]);
    expect(rules.first(aJob({ branch: 'release/1' }))).toBe('release');
    expect(rules.first(aJob())).toBe('linux');
    expect(rules.first(aJob({ labels: [] }))).toBe('rest');
    expect(rules.all(aJob())).toEqual(['linux', 'rest']);
  });

  it('does not fit what a job does not have', () => {
    const rules = compileRules([{ match: { branch: ['*'] }, value: 1 }]);
    expect(rules.first(aJob({ branch: null }))).toBeUndefined();
  });

  it('agrees with the definition, whatever the rules', () => {
    const text = fc.constantFrom('a', 'b', 'ab', 'a/b', 'A', 'a-b', '');
    const pattern = fc.constantFrom('a', 'b', 'a*', 'ab', '*b', 'a/*', '*', 'A', 'a*b', '*a*');
    const patterns = fc.array(pattern, { minLength: 1, maxLength: 3 });
    const label = fc.constantFrom('x', 'Y', 'z');
    const match: fc.Arbitrary<JobMatch> = fc.record(
      {
        ...{ repository: patterns, workflow: patterns, job: patterns },
        ...{ branch: patterns, event: patterns },
        labels: fc.uniqueArray(label, { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    const job: fc.Arbitrary<JobTraits> = fc.record({
      ...{ repository: text, workflow: text, job: text },
      ...{ branch: fc.option(text), event: fc.option(text) },
      labels: fc.array(fc.constantFrom('X', 'y', 'z', 'w'), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(match, { maxLength: 12 }), fc.array(job), (matches, jobs) => {
        const rules = compileRules(matches.map((each, value) => ({ match: each, value })));
        for (const each of jobs) {
          const fitting = [...matches.keys()].filter((i) => matchesJob(matches[i] ?? {}, each));
          expect(rules.all(each)).toEqual(fitting);
          expect(rules.first(each)).toBe(fitting[0]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
