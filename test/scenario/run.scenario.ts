import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

interface Step {
  readonly name: string;
  readonly outcome: string;
  readonly conclusion: string;
  readonly durationMs: number;
  readonly log: string;
}

interface Job {
  readonly name: string;
  readonly conclusion: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly timestamps: Readonly<Record<string, string | null>>;
  readonly steps: readonly Step[];
}

let workspace: Workspace;

beforeAll(() => {
  workspace = createWorkspace();
});

afterAll(async () => {
  expect(await leftovers(workspace.dir)).toEqual([]);
  workspace[Symbol.dispose]();
});

async function runJson(text: string, ...more: string[]) {
  const file = workspace.write('flow.yml', text);
  const { code, stdout, stderr } = await runCommand(['run', file, '--json', ...more], {
    env: workspace.env,
  });
  const jobs: readonly Job[] = JSON.parse(stdout || '{}').jobs ?? [];
  const job = (name: string) => jobs.find((each) => each.name === name) as Job;
  return { code, stdout, stderr, jobs, job };
}

const stepOf = (job: Job, name: string): Step =>
  job.steps.find((step) => step.name === name) as Step;

describe('runnerhub run', () => {
  it('runs needs, outputs and a matrix, and says when everything happened', async () => {
    const { code, job } = await runJson(`
on: push
jobs:
  first:
    runs-on: ubuntu-latest
    outputs: {word: "\${{ steps.say.outputs.word }}"}
    steps:
      - {id: say, name: Say, run: 'echo word=hello >> "$GITHUB_OUTPUT"'}
  second:
    needs: first
    runs-on: [self-hosted, linux]
    strategy: {matrix: {n: [1, 2]}}
    steps:
      - {name: Use, run: 'echo "\${{ needs.first.outputs.word }} \${{ matrix.n }}"'}
`);
    expect(code).toBe(0);
    expect(job('first').outputs).toEqual({ word: 'hello' });
    expect(stepOf(job('second (2)'), 'Use').log).toContain('hello 2\n');
    const at = job('first').timestamps;
    const order = ['queued_at', 'webhook_received_at', 'job_started_at', 'first_step_at'].map(
      (name) => Date.parse(at[name] ?? ''),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(Object.values(at)).not.toContain(null);
  });

  it('answers 1 for a failed job and tells outcome from conclusion', async () => {
    const { code, job } = await runJson(`
on: push
jobs:
  a:
    runs-on: linux
    steps:
      - {name: Tolerated, run: exit 3, continue-on-error: true}
      - {name: Broken, run: 'echo oops >&2; exit 4'}
      - {name: Skipped, run: echo never}
      - {name: Always, if: always(), run: echo still here}
`);
    expect(code).toBe(1);
    expect(job('a').conclusion).toBe('failure');
    expect(stepOf(job('a'), 'Tolerated')).toMatchObject({
      outcome: 'failure',
      conclusion: 'success',
    });
    expect(stepOf(job('a'), 'Broken').log).toContain(
      '##[error]Process completed with exit code 4.',
    );
    expect(stepOf(job('a'), 'Skipped').conclusion).toBe('skipped');
    expect(stepOf(job('a'), 'Always').log).toContain('still here');
  });

  it('hands over secrets, variables and inputs, and prints no secret', async () => {
    const { code, stdout, job } = await runJson(
      `
on:
  workflow_dispatch:
    inputs: {level: {type: string, default: low}}
jobs:
  a:
    runs-on: linux
    steps:
      - name: Show
        env: {KEY: "\${{ secrets.KEY }}"}
        run: |
          echo "level=\${{ inputs.level }} tier=\${{ vars.TIER }} key=$KEY"
          printf %s "$KEY" | base64
          test "$KEY" = 'very secret value'
`,
      ...['--input', 'level=high', '--var', 'TIER=gold', '--secret', 'KEY=very secret value'],
    );
    expect(code).toBe(0);
    expect(stepOf(job('a'), 'Show').log).toContain('level=high tier=gold key=***');
    expect(stdout).not.toContain('very secret value');
    expect(stdout).not.toContain(Buffer.from('very secret value').toString('base64'));
  });

  it('names every problem of a workflow with file, line and column', async () => {
    const { code, stderr } = await runJson(`on: push
jobs:
  a:
    steps: [{run: echo}]
  b:
    runs-on: linux
    needs: nobody
    steps:
      - run: echo \${{ nowhere.x }}
        colour: red
`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/flow\.yml:\d+:\d+: .*runs-on/);
    expect(stderr).toMatch(/flow\.yml:7:\d+: .*nobody/);
    expect(stderr).toMatch(/flow\.yml:9:\d+: .*nowhere/);
    expect(stderr).toMatch(/flow\.yml:10:\d+: .*colour/);
  });

  it('refuses a missing file, an event nobody listens to and a job that is not there', async () => {
    const missing = await runCommand(['run', 'no/such.yml'], { env: workspace.env });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('no/such.yml') });
    const flow = 'on: push\njobs: {a: {runs-on: linux, steps: [{run: "true"}]}}\n';
    expect((await runJson(flow, '--event', 'release')).code).toBe(2);
    expect((await runJson(flow, '--job', 'b')).code).toBe(2);
  });

  it('answers 3 and says why when no pool offers the labels', async () => {
    const { code, stderr } = await runJson(
      'on: push\njobs: {w: {runs-on: windows-latest, steps: [{run: "true"}]}}\n',
    );
    expect(code).toBe(3);
    expect(stderr).toContain('windows-latest');
  });
});
