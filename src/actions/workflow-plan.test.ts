import { describe, expect, it } from 'vitest';
import type { Value } from './expressions.ts';
import { resolveInputs } from './workflow-inputs.ts';
import { parseWorkflow } from './workflow-parse.ts';
import { planJob, shouldRun } from './workflow-plan.ts';
import { combinedResult, type NeedResult } from './workflow-status.ts';

const jobOf = (...lines: string[]) => {
  const text = ['on: push', 'jobs:', '  job:', ...lines.map((line) => `    ${line}`)];
  const all = [...text, '    steps: [{ run: a }]'].join('\n');
  const { workflow, problems } = parseWorkflow('a.yml', all);
  const job = workflow?.jobs[0];
  if (job === undefined) throw new Error(JSON.stringify(problems));
  return job;
};

const contexts = (needs: Value = {}) => ({
  github: { ref: 'refs/heads/main' },
  inputs: {},
  vars: { POOL: 'big' },
  needs,
});

describe('planJob', () => {
  it('plans a job without a matrix as one leg', () => {
    expect(planJob(jobOf('runs-on: "${{ vars.POOL }}"'), contexts())).toEqual({
      failFast: true,
      maxParallel: 1,
      legs: [
        {
          matrix: null,
          strategy: { 'fail-fast': true, 'job-index': 0, 'job-total': 1, 'max-parallel': 1 },
          displayName: 'job',
          jobName: '__default',
          labels: ['big'],
          group: null,
          timeoutMinutes: 360,
          continueOnError: false,
          concurrency: null,
          environment: null,
        },
      ],
    });
  });
  it('names the legs of a matrix after their values', () => {
    const plan = planJob(
      jobOf(
        'runs-on: [self-hosted, "${{ matrix.os }}"]',
        'name: Build',
        'timeout-minutes: ${{ matrix.n }}',
        'continue-on-error: ${{ matrix.n == 2 }}',
        'strategy:',
        '  fail-fast: false',
        '  max-parallel: 1',
        '  matrix: { os: [a], n: [1, 2], include: [{ n: 2, deep: { x: [y] } }] }',
      ),
      contexts(),
    );
    expect(plan).toMatchObject({ failFast: false, maxParallel: 1 });
    expect(plan.legs.map((leg) => [leg.displayName, leg.jobName])).toEqual([
      ['Build (a, 1)', '_a_1'],
      ['Build (a, 2, y)', '_a_2_y'],
    ]);
    expect(plan.legs.map((leg) => [leg.timeoutMinutes, leg.continueOnError])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(plan.legs[1]?.labels).toEqual(['self-hosted', 'a']);
  });
  it('takes a matrix and labels from expressions', () => {
    const plan = planJob(
      jobOf(
        'runs-on: { group: fast, labels: "${{ fromJSON(matrix.labels) }}" }',
        'name: on ${{ matrix.labels }}',
        'strategy: { matrix: "${{ fromJSON(needs.a.outputs.m) }}" }',
      ),
      contexts({ a: { result: 'success', outputs: { m: '{"labels":["[1]"]}' } } }),
    );
    expect(plan.legs).toMatchObject([{ displayName: 'on [1]', group: 'fast', labels: ['1'] }]);
  });
  it('fails with a message when the matrix is no list', () => {
    expect(() =>
      planJob(jobOf('runs-on: x', 'strategy: { matrix: "${{ fromJSON(\'1\') }}" }'), contexts()),
    ).toThrow('must be a mapping');
  });
});

describe('shouldRun', () => {
  it.each<[string, Record<string, NeedResult>, boolean, boolean]>([
    ['success()', {}, false, true],
    ['success()', { a: 'success' }, false, true],
    ['success()', { a: 'success', b: 'failure' }, false, false],
    ['success()', { a: 'skipped' }, false, false],
    ["success('a')", { a: 'success', b: 'failure' }, false, true],
    ['failure()', { a: 'failure' }, false, true],
    ['failure()', { a: 'skipped' }, false, false],
    ['always()', { a: 'failure' }, true, true],
    ['cancelled()', {}, true, true],
    ['success()', {}, true, false],
    ["!cancelled() && needs.a.result == 'skipped'", { a: 'skipped' }, false, true],
  ])('%s after %j, cancelled %s: %s', (condition, results, cancelled, expected) => {
    const needs = Object.fromEntries(
      Object.entries(results).map(([id, result]) => [id, { result, outputs: {} }]),
    );
    expect(shouldRun(condition, contexts(needs), { results, cancelled })).toBe(expected);
  });
});

describe('combinedResult', () => {
  const leg = (result: NeedResult, continueOnError = false) => ({ result, continueOnError });
  it('is the worst of the legs, and forgives those that may fail', () => {
    expect(combinedResult([leg('success'), leg('failure'), leg('cancelled')])).toBe('failure');
    expect(combinedResult([leg('success'), leg('cancelled')])).toBe('cancelled');
    expect(combinedResult([leg('failure', true)])).toBe('success');
    expect(combinedResult([leg('skipped')])).toBe('skipped');
  });
});

describe('resolveInputs', () => {
  const declared = [
    { name: 'n', type: 'number', required: false, default: 2, options: [] },
    { name: 'b', type: 'boolean', required: false, default: null, options: [] },
    { name: 'c', type: 'choice', required: true, default: 'x', options: ['x', 'y'] },
  ] as const;
  it('completes and types what was given', () => {
    expect(resolveInputs(declared, { b: 'true' })).toEqual({
      typed: { n: 2, b: true, c: 'x' },
      texts: { n: '2', b: 'true', c: 'x' },
    });
  });
  it.each([
    [{ z: 1 }, 'Unexpected inputs provided: ["z"]'],
    [{ c: 'w' }, 'not in the list of allowed values'],
    [{ c: '' }, "Required input 'c' not provided"],
    [{ n: 'many' }, 'not a valid number'],
    [{ b: 'perhaps' }, 'not a valid boolean'],
  ])('refuses %j', (given, message) => {
    expect(resolveInputs(declared, given)).toEqual({ refused: expect.stringContaining(message) });
  });
});
