import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';

const job = (runsOn = 'linux') => `jobs: { a: { runs-on: ${runsOn}, steps: [{ run: a }] } }`;
const HOUR = 3_600_000;

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

async function repository(name: string, workflows: Readonly<Record<string, string>>) {
  await github.request('PUT', `/_standin/repositories/${name}`, { triggerOnPush: true });
  const files = Object.entries(workflows).map(([file, text]) => [
    `.github/workflows/${file}`,
    text,
  ]);
  await github.push(name, Object.fromEntries(files));
}

const runsOf = async (name: string, event = '') =>
  (await github.get(`/repos/${name}/actions/runs?${event === '' ? '' : `event=${event}`}`)).body
    .workflow_runs;

const runsWhen = (name: string, event: string, count: number) =>
  eventually(`${count} runs of ${event}`, async () => {
    const runs = await runsOf(name, event);
    return runs.length === count ? runs : undefined;
  });

describe('schedule', () => {
  it('runs the default branch at its times, and by what it says now', async () => {
    await repository('octo/clock', {
      'nightly.yml': `on: { schedule: [{ cron: '0 * * * *' }, { cron: '30 4 1 1 *' }] }\n${job()}`,
      'push.yml': `on: push\n${job()}`,
    });
    await runsWhen('octo/clock', 'push', 1);
    await eventually('a timer', () => (github.clock.sleeping > 0 ? true : undefined));
    await eventually('a run by the clock', async () => {
      github.clock.advance(HOUR);
      return (await runsOf('octo/clock', 'schedule')).length > 0 ? true : undefined;
    });
    const [run] = await runsOf('octo/clock', 'schedule');
    expect(run).toMatchObject({ path: '.github/workflows/nightly.yml', head_branch: 'main' });
    await github.push('octo/clock', { '.github/workflows/nightly.yml': `on: push\n${job()}` });
    await runsWhen('octo/clock', 'push', 3);
    const before = (await runsOf('octo/clock', 'schedule')).length;
    github.clock.advance(3 * HOUR);
    await github.push('octo/clock', { a: 'b' });
    await runsWhen('octo/clock', 'push', 5);
    expect(await runsOf('octo/clock', 'schedule')).toHaveLength(before);
  });
});

describe('workflow_run', () => {
  it('follows the workflow that it names, with its result', async () => {
    await repository('octo/chain', {
      'ci.yml': `name: CI\non: push\n${job('first')}`,
      'after.yml': `on: { workflow_run: { workflows: [CI], types: [completed], branches: [main] } }\n${job('second')}`,
    });
    const [run] = await runsWhen('octo/chain', 'push', 1);
    expect(await runsOf('octo/chain', 'workflow_run')).toEqual([]);
    const first = await (await RawRunner.online(github, 'octo/chain', ['first'])).takeJob();
    await first.complete('failed');
    await runsWhen('octo/chain', 'workflow_run', 1);
    const second = await (await RawRunner.online(github, 'octo/chain', ['second'])).takeJob();
    const seen = JSON.stringify(second.message.contextData.github);
    expect(seen).toContain('{"k":"conclusion","v":"failure"}');
    expect(seen).toContain(`{"k":"id","v":${run.id}}`);
    await second.complete();
  });
});

describe('branches, tags and what others send', () => {
  it('tells when they are made and deleted', async () => {
    await repository('octo/refs', {
      'made.yml': `on: create\n${job()}`,
      'gone.yml': `on: delete\n${job()}`,
      'sent.yml': `on: { repository_dispatch: { types: [wanted] } }\n${job()}`,
      'released.yml': `on: { release: { types: [published] } }\n${job()}`,
    });
    await runsWhen('octo/refs', 'create', 1);
    await github.push('octo/refs', { a: 'a' }, 'refs/tags/v1');
    const [run] = await runsWhen('octo/refs', 'create', 2);
    expect(run.head_branch).toBe('v1');
    await github.push('octo/refs', { a: 'b' }, 'topic');
    await runsWhen('octo/refs', 'create', 3);
    await github.deleteRef('octo/refs', 'topic');
    await runsWhen('octo/refs', 'delete', 1);
  });
  it('filters repository_dispatch and release by their types', async () => {
    const send = (event: string, action: string) =>
      github.startRun('octo/refs', { event, payload: { action, client_payload: { n: 1 } } });
    expect(await send('repository_dispatch', 'other')).toBeUndefined();
    expect(await send('repository_dispatch', 'wanted')).toMatchObject({ head_branch: 'main' });
    expect(await send('release', 'created')).toBeUndefined();
    expect(await send('release', 'published')).toMatchObject({ event: 'release' });
  });
});

it('starts nothing for what a job pushes', async () => {
  const workflow = `on: push\npermissions: { contents: write }\n${job('pusher')}`;
  await repository('octo/pusher', { 'a.yml': workflow });
  await runsWhen('octo/pusher', 'push', 1);
  const taken = await (await RawRunner.online(github, 'octo/pusher', ['pusher'])).takeJob();
  const token = taken.message.variables.github_token.value;
  const pushed = await github.push('octo/pusher', { a: 'of the job' }, 'main', 'By a job', token);
  await taken.complete();
  const sha = await github.push('octo/pusher', { a: 'of a person' });
  const [newest] = await runsWhen('octo/pusher', 'push', 2);
  expect(newest.head_sha).toBe(sha);
  expect(pushed).not.toBe(sha);
});

describe('a workflow file with errors', () => {
  it('is a run that failed to start, with annotations at line and column', async () => {
    await repository('octo/broken', {
      'a.yml': 'on: push\njobs:\n  a:\n    runs-on: x\n    needs: nobody\n    step: []\n',
    });
    const [run] = await runsWhen('octo/broken', 'push', 1);
    expect(run).toMatchObject({ status: 'completed', conclusion: 'startup_failure' });
    const { body } = await github.get(`/_standin/runs/${run.id}/problems`);
    expect(body).toMatchObject([
      { line: 3, message: 'The workflow must contain at least one job with no dependencies.' },
      {
        file: '.github/workflows/a.yml',
        line: 5,
        column: 12,
        message: "Job 'a' depends on unknown job 'nobody'.",
      },
      { file: '.github/workflows/a.yml', line: 6, column: 5, message: "Unexpected value 'step'" },
    ]);
  });
});
