import { describe, expect, it } from 'vitest';
import { ScheduledRuns } from '../../../test/support/scheduled-run.ts';
import { environmentNamed } from './environments.ts';

const job = (more = '') => `{ runs-on: x, ${more} steps: [{ run: a }] }`;
const DEPLOY = `on: push\njobs: { deploy: ${job('environment: production,')} }`;

/** A stand-in whose `production` has these rules. */
function withRules(changes: Partial<ReturnType<typeof environmentNamed>>): ScheduledRuns {
  const scheduled = new ScheduledRuns();
  const environment = environmentNamed(scheduled.store, scheduled.repository, 'production', 0);
  Object.assign(environment, changes);
  return scheduled;
}

const reviewers = [{ type: 'User' as const, login: 'mona' }];

describe('an environment with reviewers', () => {
  it('lets the job in when one agrees, and tells of the deployment', async () => {
    const scheduled = withRules({ reviewers });
    const run = await scheduled.start(DEPLOY);
    expect(run.status).toBe('waiting');
    scheduled.scheduler.review(run, ['other'], true);
    expect(scheduled.states(run)).toEqual({ deploy: 'waiting' });
    scheduled.scheduler.review(run, ['Production'], true);
    expect(scheduled.states(run)).toEqual({ deploy: 'queued' });
    scheduled.end(run, 'deploy');
    expect(scheduled.heard).toEqual([
      'run 1 requested',
      'deployment to production',
      'deployment waiting',
      'deploy waiting',
      'deployment queued',
      'deploy queued',
      'run 1 in_progress',
      'deployment in_progress',
      'deploy in_progress',
      'deploy completed',
      'deployment success',
      'run 1 completed',
    ]);
  });
  it('fails the job when one refuses', async () => {
    const scheduled = withRules({ reviewers });
    const run = await scheduled.start(DEPLOY);
    scheduled.scheduler.review(run, ['production'], false);
    expect(run.conclusion).toBe('failure');
  });
  it('waits for its timer as well', async () => {
    const scheduled = withRules({ reviewers, waitTimer: 5 });
    const run = await scheduled.start(DEPLOY);
    scheduled.scheduler.review(run, ['production'], true);
    expect(scheduled.states(run)).toEqual({ deploy: 'waiting' });
  });
});

it('a second success makes the first deployment inactive', async () => {
  const scheduled = new ScheduledRuns();
  scheduled.end(await scheduled.start(DEPLOY), 'deploy');
  scheduled.end(await scheduled.start(DEPLOY), 'deploy');
  const states = [...scheduled.store.deployments.values()].map(
    (each) => each.statuses.at(-1)?.state,
  );
  expect(states).toEqual(['inactive', 'success']);
});

describe('cancelling', () => {
  it('force-cancel ends jobs that always() keeps', async () => {
    const scheduled = new ScheduledRuns();
    const run = await scheduled.start(
      `on: push\njobs: { a: ${job()}, b: ${job('if: always(), needs: a,')} }`,
    );
    scheduled.end(run, 'a');
    const b = scheduled.begin(scheduled.job(run, 'b'));
    scheduled.scheduler.cancelRun(run);
    expect(b.status).toBe('in_progress');
    scheduled.scheduler.forceCancelRun(run);
    expect(scheduled.states(run)).toEqual({ a: 'success', b: 'cancelled' });
    expect(run.conclusion).toBe('cancelled');
  });
  it('reaches the jobs of called workflows', async () => {
    const scheduled = new ScheduledRuns();
    const run = await scheduled.start(
      'on: push\njobs: { call: { uses: ./.github/workflows/c.yml } }',
      { 'c.yml': `on: workflow_call\njobs: { a: ${job()}, b: ${job('needs: a,')} }` },
    );
    scheduled.scheduler.cancelRun(run);
    expect(scheduled.states(run)).toEqual({ 'call / a': 'cancelled', 'call / b': 'skipped' });
    expect(run.conclusion).toBe('cancelled');
  });
});

it('a failed call stops the other calls of its matrix', async () => {
  const scheduled = new ScheduledRuns();
  const run = await scheduled.start(
    `on: push
jobs:
  call:
    strategy: { matrix: { n: [1, 2] } }
    uses: ./.github/workflows/c.yml
`,
    { 'c.yml': `on: workflow_call\njobs: { a: ${job()}, b: ${job('needs: a,')} }` },
  );
  scheduled.end(run, 'call (1) / a', 'failure');
  expect(scheduled.states(run)).toEqual({
    'call (1) / a': 'failure',
    'call (1) / b': 'skipped',
    'call (2) / a': 'cancelled',
    'call (2) / b': 'skipped',
  });
  expect(run.conclusion).toBe('failure');
});

it('a run that waits for its group is not there for runners, and can be cancelled', async () => {
  const scheduled = new ScheduledRuns();
  const text = `on: push\nconcurrency: g\njobs: { a: ${job()} }`;
  const first = await scheduled.start(text);
  const second = await scheduled.start(text);
  expect([first.status, second.status]).toEqual(['queued', 'pending']);
  scheduled.scheduler.cancelRun(second);
  expect(second.conclusion).toBe('cancelled');
  scheduled.end(first, 'a');
  expect(scheduled.store.concurrency.size).toBe(0);
});
