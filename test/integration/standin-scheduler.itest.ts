import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture } from './standin/fixture.ts';
import { type RawJob, RawRunner } from './standin/raw-runner.ts';

const CHAIN = `on:
  push: { branches: [main], paths: ['src/**', '.github/**'] }
  pull_request:
  workflow_dispatch:
    inputs:
      level: { type: choice, options: [low, high], default: low }
      twice: { type: boolean }
run-name: Chain at \${{ inputs.level || 'push' }}
jobs:
  first:
    runs-on: linux
    outputs: { list: x }
    steps: [{ run: a }]
  matrix:
    needs: first
    runs-on: [linux, '\${{ matrix.pool }}']
    strategy: { matrix: '\${{ fromJSON(needs.first.outputs.list) }}' }
    steps: [{ run: a }]
  never:
    needs: first
    if: needs.first.outputs.list == 'other'
    runs-on: linux
    steps: [{ run: a }]
  behind: { needs: never, runs-on: linux, steps: [{ run: a }] }
  last:
    needs: [matrix, behind]
    if: always()
    runs-on: linux
    steps: [{ run: a }]
`;

const LEGS = `on: push
jobs:
  legs:
    runs-on: linux
    strategy: { max-parallel: 2, matrix: { n: [1, 2, 3, 4] } }
    steps: [{ run: a }]
  bad:
    runs-on: linux
    strategy: { matrix: '\${{ fromJSON(github.event.nothing || 1) }}' }
    steps: [{ run: a }]
`;

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/flow', { 'chain.yml': CHAIN, 'legs.yaml': LEGS });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const start = (event: object = {}) =>
  github.startRun('octo/flow', { workflow: 'chain.yml', ...event });

const online = (labels = ['linux', 'big']) => RawRunner.online(github, 'octo/flow', labels);

async function take(labels?: string[]): Promise<RawJob> {
  return (await online(labels)).takeJob();
}

const states = async (runId: number) =>
  Object.fromEntries(
    Object.entries(await github.jobs('octo/flow', runId)).map(([name, job]) => [
      name,
      job.conclusion ?? job.status,
    ]),
  );

const contextOf = (job: RawJob, name: string) => JSON.stringify(job.message.contextData[name]);

describe('a chain of jobs', () => {
  it('hands outputs on, expands a matrix from them, skips and still ends', async () => {
    const run = await start();
    expect(run.display_title).toBe('Chain at push');
    expect(await states(run.id)).toEqual({ first: 'queued' });
    const first = await take();
    expect(first.name).toBe('first');
    const list = JSON.stringify({ pool: ['big', 'Small'] });
    await first.complete('succeeded', { outputs: { list: { value: list, isSecret: false } } });
    expect(await states(run.id)).toEqual({
      first: 'success',
      'matrix (big)': 'queued',
      'matrix (Small)': 'queued',
      never: 'skipped',
      behind: 'skipped',
    });
    const big = await take(['linux', 'BIG']);
    expect(big.name).toBe('matrix (big)');
    expect(contextOf(big, 'matrix')).toBe('{"t":2,"d":[{"k":"pool","v":"big"}]}');
    expect(contextOf(big, 'strategy')).toContain('{"k":"job-total","v":2}');
    expect(contextOf(big, 'needs')).toContain('"result","v":"success"');
    const small = await take(['small', 'linux']);
    await big.complete();
    await small.complete('failed');
    const last = await take();
    expect(contextOf(last, 'needs')).toContain('"result","v":"failure"');
    expect(contextOf(last, 'needs')).toContain('"result","v":"skipped"');
    await last.complete();
    expect((await github.runCompleted('octo/flow', run.id)).conclusion).toBe('failure');
  });
  it('runs only the jobs that were asked for, and what they need', async () => {
    const run = await start({ jobs: ['behind'] });
    await (await take()).complete();
    expect((await github.runCompleted('octo/flow', run.id)).conclusion).toBe('success');
    expect(await states(run.id)).toEqual({ first: 'success', never: 'skipped', behind: 'skipped' });
    const answer = await github.post('/_standin/repositories/octo/flow/events', {
      event: 'push',
      workflow: 'chain.yml',
      jobs: ['nothing'],
    });
    expect(answer.body).toEqual({
      runs: [],
      problems: [
        {
          file: '.github/workflows/chain.yml',
          line: 1,
          column: 1,
          message: "There is no job 'nothing'",
        },
      ],
    });
  });
  it('cancels what waits, skips what follows, and lets always() run', async () => {
    const run = await start();
    await github.post(`/repos/octo/flow/actions/runs/${run.id}/cancel`);
    expect(await states(run.id)).toEqual({
      first: 'cancelled',
      matrix: 'skipped',
      never: 'skipped',
      behind: 'skipped',
      last: 'queued',
    });
    await (await take()).complete();
    expect((await github.runCompleted('octo/flow', run.id)).conclusion).toBe('cancelled');
  });
});

describe('a matrix', () => {
  it('holds legs back for max-parallel, and stops them all when one fails', async () => {
    const run = await start({ workflow: 'legs.yaml' });
    expect(await states(run.id)).toEqual({
      'legs (1)': 'queued',
      'legs (2)': 'queued',
      bad: 'failure',
    });
    const [one, two] = [await take(), await take()];
    await one.complete();
    expect((await states(run.id))['legs (3)']).toBe('queued');
    await two.complete('failed');
    expect((await github.runCompleted('octo/flow', run.id)).conclusion).toBe('failure');
    expect(await states(run.id)).toEqual({
      'legs (1)': 'success',
      'legs (2)': 'failure',
      'legs (3)': 'cancelled',
      'legs (4)': 'cancelled',
      bad: 'failure',
    });
    const { bad } = await github.jobs('octo/flow', run.id);
    const { body } = await github.get(`/repos/octo/flow/check-runs/${bad.id}/annotations`);
    expect(body[0]).toMatchObject({ path: '.github/workflows/legs.yaml', start_line: 7 });
    expect(body[0].message).toContain('must be a mapping');
  });
  it('asks the runner of a leg in progress to stop', async () => {
    const run = await start({ workflow: 'legs.yaml', jobs: ['legs'] });
    const one = await take();
    const runner = await online();
    const two = await runner.takeJob();
    await one.complete('failed');
    const { body } = await runner.poll('Busy');
    expect(JSON.parse(body.body).jobId).toBe(two.message.jobId);
    await two.complete('canceled');
    expect((await github.runCompleted('octo/flow', run.id)).conclusion).toBe('failure');
  });
});

describe('events', () => {
  it('dispatches with inputs, checked and typed', async () => {
    const dispatch = (body: object) =>
      github.post('/repos/octo/flow/actions/workflows/chain.yml/dispatches', body);
    expect((await dispatch({ ref: 'main', inputs: { level: 'mid' } })).body.message).toContain(
      'not in the list',
    );
    expect((await dispatch({ ref: 'nowhere' })).body.message).toBe('No ref found for: nowhere');
    expect((await dispatch({})).body.message).toContain('"ref" wasn\'t supplied');
    const legs = '/repos/octo/flow/actions/workflows/legs.yaml/dispatches';
    expect((await github.post(legs, { ref: 'main' })).body.message).toMatch(/does not have/);
    const accepted = await dispatch({ ref: 'main', inputs: { level: 'high', twice: 'true' } });
    expect(accepted.status).toBe(204);
    const { body } = await github.get('/repos/octo/flow/actions/runs?event=workflow_dispatch');
    expect(body.workflow_runs[0]).toMatchObject({ display_title: 'Chain at high', run_number: 4 });
    const job = await take();
    expect(contextOf(job, 'inputs')).toBe(
      '{"t":2,"d":[{"k":"level","v":"high"},{"k":"twice","v":true}]}',
    );
    expect(contextOf(job, 'github')).toContain('{"k":"twice","v":"true"}');
    await job.complete('failed');
    await (await take()).complete();
    await github.runCompleted('octo/flow', body.workflow_runs[0].id);
  });
  it('runs a pull request at its merge ref', async () => {
    const run = await start({ event: 'pull_request', payload: { number: 7 } });
    const job = await take();
    expect(contextOf(job, 'github')).toContain('"refs/pull/7/merge"');
    expect(contextOf(job, 'github')).toContain('{"k":"base_ref","v":"main"}');
    expect(contextOf(job, 'github')).toContain('{"k":"number","v":7}');
    await job.complete('failed');
    await (await take()).complete();
    await github.runCompleted('octo/flow', run.id);
    const closed = { event: 'pull_request', payload: { action: 'closed' } };
    expect(await start(closed)).toBeUndefined();
  });
});

describe('job timeouts', () => {
  it('cancels a job that exceeds timeout-minutes', async () => {
    await github.repository('octo/slow', {
      'a.yml': 'on: push\njobs: { a: { runs-on: slow, timeout-minutes: 2, steps: [{ run: a }] } }',
    });
    const run = await github.startRun('octo/slow');
    const runner = await RawRunner.online(github, 'octo/slow', ['slow']);
    const job = await runner.takeJob();
    const polling = runner.poll('Busy');
    github.clock.advance(120_000);
    const { body } =
      (await (await polling).status) === 200 ? await polling : await runner.poll('Busy');
    expect(body.messageType).toBe('JobCancellation');
    await job.complete('canceled');
    expect((await github.runCompleted('octo/slow', run.id)).conclusion).toBe('cancelled');
  });
});
