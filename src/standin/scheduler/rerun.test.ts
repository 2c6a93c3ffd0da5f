import { describe, expect, it } from 'vitest';
import { ScheduledRuns } from '../../../test/support/scheduled-run.ts';
import { jobsOf } from './tree.ts';

const WORKFLOW = `on: push
jobs:
  build: { runs-on: x, outputs: { v: a }, steps: [{ run: a }] }
  test:
    needs: build
    runs-on: x
    strategy: { fail-fast: false, matrix: { n: [1, 2] } }
    steps: [{ run: a }]
  other: { runs-on: x, steps: [{ run: a }] }
  publish: { needs: [test, other], runs-on: x, steps: [{ run: a }] }
`;
const BY = { actor: 'hubot', debug: false };

/** A run of which one leg has failed, so that `publish` is skipped. */
async function failedRun(scheduled: ScheduledRuns) {
  const run = await scheduled.start(WORKFLOW);
  scheduled.end(run, 'build', 'success', { v: '1' });
  scheduled.end(run, 'other');
  scheduled.end(run, 'test (1)');
  scheduled.end(run, 'test (2)', 'failure');
  expect(scheduled.states(run)).toMatchObject({ 'test (2)': 'failure', publish: 'skipped' });
  expect(run.conclusion).toBe('failure');
  return run;
}

describe('the failed jobs again', () => {
  it('are new jobs, those behind them too; the others stay what they are', async () => {
    const scheduled = new ScheduledRuns();
    const run = await failedRun(scheduled);
    const next = scheduled.scheduler.startAgain(run, { kind: 'failed' }, BY);
    expect(next).toMatchObject({ id: run.id, attempt: 2, previous: run, triggeringActor: 'hubot' });
    expect(scheduled.store.runs.get(run.id)).toBe(next);
    expect(scheduled.states(next)).toEqual({
      build: 'success',
      'test (1)': 'success',
      'test (2)': 'queued',
      other: 'success',
    });
    expect(scheduled.job(next, 'build')).toBe(scheduled.job(run, 'build'));
    expect(scheduled.job(next, 'test (2)').id).not.toBe(scheduled.job(run, 'test (2)').id);
    scheduled.end(next, 'test (2)');
    scheduled.end(next, 'publish');
    expect(next.conclusion).toBe('success');
    expect(scheduled.states(run)).toMatchObject({ 'test (2)': 'failure', publish: 'skipped' });
    expect(run.conclusion).toBe('failure');
  });
  it('keep the outputs of those that do not run again', async () => {
    const scheduled = new ScheduledRuns();
    const run = await failedRun(scheduled);
    const next = scheduled.scheduler.startAgain(run, { kind: 'failed' }, BY);
    expect(next.root?.groups.get('build')?.outputs).toEqual({ v: '1' });
  });
});

it('one job again brings those behind it along', async () => {
  const scheduled = new ScheduledRuns();
  const run = await failedRun(scheduled);
  const job = scheduled.job(run, 'build');
  const next = scheduled.scheduler.startAgain(run, { kind: 'job', job }, BY);
  expect(scheduled.states(next)).toEqual({ build: 'queued', other: 'success' });
});

it('all jobs again are all new', async () => {
  const scheduled = new ScheduledRuns();
  const run = await failedRun(scheduled);
  const next = scheduled.scheduler.startAgain(
    run,
    { kind: 'all' },
    { actor: 'hubot', debug: true },
  );
  expect(scheduled.states(next)).toEqual({ build: 'queued', other: 'queued' });
  expect(next.debug).toBe(true);
});

it('of a called workflow only failed jobs run again, and its caller goes on behind them', async () => {
  const scheduled = new ScheduledRuns();
  const called = `on: workflow_call
jobs:
  one: { runs-on: x, steps: [{ run: a }] }
  two: { runs-on: x, steps: [{ run: a }] }
`;
  const run = await scheduled.start(
    `on: push
jobs:
  call: { uses: ./.github/workflows/called.yml }
  after: { needs: call, runs-on: x, steps: [{ run: a }] }
`,
    { 'called.yml': called },
  );
  scheduled.end(run, 'call / one');
  scheduled.end(run, 'call / two', 'failure');
  const next = scheduled.scheduler.startAgain(run, { kind: 'failed' }, BY);
  expect(scheduled.states(next)).toEqual({ 'call / one': 'success', 'call / two': 'queued' });
  expect(jobsOf(next)[0]).toBe(scheduled.job(run, 'call / one'));
  scheduled.end(next, 'call / two');
  scheduled.end(next, 'after');
  expect(next.conclusion).toBe('success');
});

describe('a re-run is refused', () => {
  it('while the run goes on, when it is old, and where nothing has failed', async () => {
    const scheduled = new ScheduledRuns();
    const run = await scheduled.start('on: push\njobs: { a: { runs-on: x, steps: [{ run: a }] } }');
    const again = (kind: 'all' | 'failed') => () =>
      scheduled.scheduler.startAgain(run, { kind }, BY);
    expect(again('all')).toThrow('refused with 403');
    scheduled.end(run, 'a');
    expect(again('failed')).toThrow('refused with 403');
    scheduled.now += 31 * 24 * 3_600_000;
    expect(again('all')).toThrow('refused with 403');
  });
});

it('a cancelled run runs again', async () => {
  const scheduled = new ScheduledRuns();
  const run = await scheduled.start(WORKFLOW);
  scheduled.scheduler.cancelRun(run);
  expect(run.conclusion).toBe('cancelled');
  const next = scheduled.scheduler.startAgain(run, { kind: 'failed' }, BY);
  expect(next.cancelled).toBe(false);
  expect(scheduled.states(next)).toEqual({ build: 'queued', other: 'queued' });
});
