import { describe, expect, it } from 'vitest';
import { parseWorkflow } from './workflow-parse.ts';

const lines = (...text: string[]): string => text.join('\n');

const problemsOf = (...text: string[]) =>
  parseWorkflow('.github/workflows/a.yml', lines(...text)).problems.map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );

describe('a workflow with problems', () => {
  it('reports text that is not YAML with its place', () => {
    expect(problemsOf('on: push', 'jobs: [')[0]).toMatch(/^2:\d+ /);
  });
  it('reports an empty file', () => {
    expect(problemsOf('')).toHaveLength(1);
  });
  it('reports every problem of a file, in order, without the file prefix', () => {
    const found = problemsOf(
      'on: push',
      'jobs:',
      '  a:',
      '    steps:',
      '      - run: echo ${{ nonsense.x }}',
      '      - uses: checkout',
      '  b:',
      '    needs: [zzz]',
      '    runs-on: linux',
      '    steps:',
      '      - run: x',
      '        colour: red',
    );
    expect(found).toEqual([
      expect.stringMatching(/^4:5 Required property is missing: runs-on/),
      expect.stringMatching(/^5:\d+ .*nonsense/),
      expect.stringMatching(/^6:\d+ Expected format .*checkout/),
      expect.stringMatching(/^8:13 Job 'b' depends on unknown job 'zzz'/),
      expect.stringMatching(/^12:\d+ Unexpected value 'colour'/),
    ]);
  });
  it('reports a cycle, duplicate step ids, a bad condition and a bad reference', () => {
    expect(
      problemsOf(
        'on: push',
        'jobs:',
        '  root: { runs-on: x, steps: [{ run: a, id: s }, { run: b, id: s }] }',
        '  a: { needs: b, runs-on: x, steps: [{ run: a }] }',
        '  b: { needs: a, runs-on: x, steps: [{ run: a }] }',
        '  c:',
        '    runs-on: x',
        '    if: github.ref ==',
        '    steps: [{ run: a }]',
        '  d:',
        '    uses: ./workflows/other.yml',
      ),
    ).toEqual([
      expect.stringMatching(/^3:\d+ The identifier 's' may not be used more than once/),
      expect.stringMatching(/^4:\d+ Job 'a' depends on job 'b' which creates a cycle/),
      expect.stringMatching(/^5:\d+ Job 'b' depends on job 'a' which creates a cycle/),
      expect.stringMatching(/^8:9 /),
      expect.stringMatching(
        /^11:11 invalid value workflow reference: references to workflows must be rooted/,
      ),
    ]);
  });
});

describe('a workflow without problems', () => {
  const { workflow, problems } = parseWorkflow(
    'ci.yml',
    lines(
      'name: CI',
      'on:',
      '  push: { branches: [main, "release/**"] }',
      '  workflow_dispatch:',
      '    inputs:',
      '      count: { type: number, default: 2 }',
      '      level: { type: choice, options: [low, high], required: true }',
      'env: { A: 1 }',
      'jobs:',
      '  build:',
      '    runs-on: [self-hosted, linux]',
      '    steps:',
      '      - uses: actions/checkout@v4',
      '        with: { fetch-depth: 0 }',
      '      - run: echo ${{ secrets.TOKEN }} ${{ github.sha }}',
      '      - run: |',
      '          two',
      '        shell: bash',
      '        working-directory: sub',
      '        if: env.A == 1',
      '      - id: last',
      '        if: always()',
      '        uses: docker://alpine:3',
      '  after:',
      '    needs: build',
      "    if: github.ref == 'refs/heads/main'",
      '    runs-on: x',
      '    steps: [{ run: a }]',
    ),
  );
  it('is read completely', () => {
    expect(problems).toEqual([]);
    expect(workflow?.name).toBe('CI');
    expect(workflow?.on['push']?.branches).toEqual(['main', 'release/**']);
    expect(workflow?.secrets).toEqual(['TOKEN']);
    expect(workflow?.jobs.map((job) => [job.id, job.needs, job.condition])).toEqual([
      ['build', [], 'success()'],
      ['after', ['build'], "success() && (github.ref == 'refs/heads/main')"],
    ]);
    expect(workflow?.dispatchInputs).toMatchObject([
      { name: 'count', type: 'number', default: 2, required: false },
      { name: 'level', type: 'choice', options: ['low', 'high'], required: true },
    ]);
  });
  it('names and wraps its steps as the job message wants them', () => {
    const steps = workflow?.jobs[0]?.steps ?? [];
    expect(steps.map((step) => step.contextName)).toEqual([
      '__actions_checkout',
      '__run',
      '__run_2',
      'last',
    ]);
    expect(steps.map((step) => step.condition)).toEqual([
      'success()',
      'success()',
      'success() && (env.A == 1)',
      'always()',
    ]);
    expect(steps[0]?.reference).toEqual({
      type: 'repository',
      repositoryType: 'GitHub',
      name: 'actions/checkout',
      ref: 'v4',
    });
    expect(steps[3]?.reference).toEqual({ type: 'containerRegistry', image: 'alpine:3' });
  });
  it('keeps expressions unevaluated and says where tokens stand', () => {
    expect(workflow?.jobs[0]?.steps[1]?.inputs).toEqual({
      type: 2,
      map: [
        {
          Key: { type: 0, lit: 'script' },
          Value: {
            type: 3,
            expr: "format('echo {0} {1}', secrets.TOKEN, github.sha)",
            file: 1,
            line: 15,
            col: 14,
          },
        },
      ],
    });
  });
});
