import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { classifyFailure, FAILURE_CAUSES, type FailedJob } from './failure-kind.ts';

const cases = z
  .array(
    z.strictObject({
      cause: z.enum(FAILURE_CAUSES),
      exit: z.number().nullable().default(null),
      oom: z.boolean().default(false),
      lines: z.array(z.string()).default([]),
      failure: z.enum(['infrastructure', 'shutdown', 'lease-lost']).nullable().default(null),
      detail: z.string().nullable().default(null),
    }),
  )
  .parse(parse(readFileSync(new URL('../../test/data/failures.yml', import.meta.url), 'utf8')));

const aFailure = (change: Partial<FailedJob> = {}): FailedJob => ({
  ...{ conclusion: 'failure', failure: null, detail: null, exitCode: 1 },
  ...{ sawOutOfMemory: false, lastLines: [] },
  ...change,
});

describe('classifyFailure', () => {
  it.each(cases)('$cause: $lines $detail', ({ cause, exit, oom, lines, failure, detail }) => {
    const found = classifyFailure(
      aFailure({ failure, detail, exitCode: exit, sawOutOfMemory: oom, lastLines: lines }),
    );
    expect(found).toMatchObject({ cause, evidence: expect.stringMatching(/./) });
    expect(found?.kind).toBe(cause === 'code' ? 'code' : 'infrastructure');
  });

  it('knows a case of every cause', () => {
    expect(new Set(cases.map(({ cause }) => cause))).toEqual(new Set(FAILURE_CAUSES));
  });

  it('looks only at the end of the step', () => {
    const lines = ['No space left on device', ...Array.from({ length: 20 }, () => 'later')];
    expect(classifyFailure(aFailure({ lastLines: lines }))?.cause).toBe('code');
  });

  it('says nothing of jobs that did not fail', () => {
    expect(classifyFailure(aFailure({ conclusion: 'cancelled' }))).toBeNull();
    expect(classifyFailure(aFailure({ conclusion: 'success' }))).toBeNull();
  });
});
