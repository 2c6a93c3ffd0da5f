import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';

const WORKFLOWS = {
  'one-at-a-time.yml': `on: push
concurrency: { group: only-one }
jobs: { a: { runs-on: one, steps: [{ run: a }] } }
`,
  'newest.yml': `on: push
concurrency: { group: 'new-\${{ github.ref }}', cancel-in-progress: true }
jobs: { a: { runs-on: new, steps: [{ run: a }] } }
`,
  'deploy.yml': `on: push
jobs:
  deploy:
    runs-on: deploy
    environment: { name: production, url: https://example.com }
    steps: [{ run: 'echo \${{ secrets.KEY }} \${{ vars.PLACE }}' }]
`,
  'shared.yml': `on: push
jobs:
  a:
    runs-on: secret
    steps: [{ run: 'echo \${{ secrets.ALL }} \${{ secrets.SOME }} \${{ secrets.OWN }}' }]
`,
};
const REPOSITORY = '/_standin/repositories/octo/wait';

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/wait', WORKFLOWS);
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const start = (workflow: string) => github.startRun('octo/wait', { workflow });
const take = async (label: string) =>
  (await RawRunner.online(github, 'octo/wait', [label])).takeJob();
const runState = async (id: number) => {
  const { body } = await github.get(`/repos/octo/wait/actions/runs/${id}`);
  return body.conclusion ?? body.status;
};
const jobState = async (id: number, name: string) => {
  const job = (await github.jobs('octo/wait', id))[name];
  return job.conclusion ?? job.status;
};

describe('concurrency of runs', () => {
  it('lets one run go on and one wait, the newest', async () => {
    const [first, second, third] = [
      await start('one-at-a-time.yml'),
      await start('one-at-a-time.yml'),
      await start('one-at-a-time.yml'),
    ];
    expect(await runState(first.id)).toBe('queued');
    expect(await runState(second.id)).toBe('cancelled');
    expect(await runState(third.id)).toBe('pending');
    expect(await github.jobs('octo/wait', third.id)).toEqual({});
    await (await take('one')).complete();
    expect(await runState(third.id)).toBe('queued');
    await (await take('one')).complete();
    expect(await runState(third.id)).toBe('success');
  });
  it('cancels what is in progress where it is asked to', async () => {
    const first = await start('newest.yml');
    const runner = await RawRunner.online(github, 'octo/wait', ['new']);
    const job = await runner.takeJob();
    const second = await start('newest.yml');
    expect(await runState(second.id)).toBe('pending');
    const { body } = await runner.poll('Busy');
    expect(body.messageType).toBe('JobCancellation');
    await job.complete('canceled');
    expect(await runState(first.id)).toBe('cancelled');
    expect(await runState(second.id)).toBe('queued');
    const third = await start('newest.yml');
    expect(await runState(second.id)).toBe('cancelled');
    await (await take('new')).complete();
    expect(await runState(third.id)).toBe('success');
  });
});

describe('an environment', () => {
  it('holds a job back for its time, and gives it its own secrets and variables', async () => {
    await github.request('PUT', `${REPOSITORY}/secrets/KEY`, { value: 'of the repository' });
    await github.request('PUT', `${REPOSITORY}/environments/Production`, {
      waitTimer: 30,
      branches: ['main', 'release/*'],
      secrets: { key: 'of the environment' },
      variables: { PLACE: 'here' },
    });
    const run = await start('deploy.yml');
    expect(await jobState(run.id, 'deploy')).toBe('waiting');
    expect(await runState(run.id)).toBe('waiting');
    await eventually('the job is queued', async () => {
      github.clock.advance(31 * 60_000);
      return (await jobState(run.id, 'deploy')) === 'queued' ? true : undefined;
    });
    const job = await take('deploy');
    expect(job.message.actionsEnvironment.name).toBe('production');
    expect(job.message.variables.KEY.value).toBe('of the environment');
    expect(JSON.stringify(job.message.contextData.vars)).toContain('"here"');
    await job.complete('succeeded', { environmentUrl: 'https://example.com' });
    expect(await runState(run.id)).toBe('success');
  });
  it('refuses branches that may not deploy', async () => {
    await github.request('PUT', `${REPOSITORY}/environments/production`, {
      branches: ['release/*'],
    });
    const run = await start('deploy.yml');
    expect(await runState(run.id)).toBe('failure');
    const { deploy } = await github.jobs('octo/wait', run.id);
    const { body } = await github.get(`/repos/octo/wait/check-runs/${deploy.id}/annotations`);
    expect(body[0].message).toContain('Branch "main" is not allowed to deploy to');
  });
});

describe('secrets of the organisation', () => {
  it('are seen by those that they are shared with, below those of the repository', async () => {
    const share = (name: string, body: object) =>
      github.request('PUT', `/_standin/organizations/octo/secrets/${name}`, body);
    await share('ALL', { value: 'all' });
    await share('OWN', { value: 'of the organisation' });
    await share('SOME', { value: 'some', visibility: 'selected', repositories: ['octo/other'] });
    await github.request('PUT', `${REPOSITORY}/secrets/OWN`, { value: 'of the repository' });
    await start('shared.yml');
    const { variables } = (await take('secret')).message;
    expect(variables.ALL.value).toBe('all');
    expect(variables.OWN.value).toBe('of the repository');
    expect(variables.SOME).toBeUndefined();
  });
});
