import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';

const WORKFLOW = `on:
  pull_request: { types: [opened, synchronize, closed], paths: ['src/**'] }
  pull_request_target: { branches: [main] }
permissions: { contents: write, issues: write }
jobs:
  check:
    runs-on: linux
    steps: [{ run: 'echo \${{ secrets.KEY }}' }]
`;

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  const base = '/_standin/repositories/octo/app';
  await github.request('PUT', base, { triggerOnPush: true, private: false });
  await github.push('octo/app', {
    '.github/workflows/ci.yml': WORKFLOW,
    'src/a.txt': 'a\n',
    'docs/a.md': 'a\n',
  });
  await github.request('PUT', `${base}/secrets/KEY`, { value: 'hunter2' });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const open = (body: object, name = 'octo/app') =>
  github.post(`/_standin/repositories/${name}/pulls`, body);

const runsOf = async (event: string, branch: string) =>
  (await github.get(`/repos/octo/app/actions/runs?event=${event}&branch=${branch}`)).body
    .workflow_runs;

/** Waits until an event on a branch has made so many runs; the newest first. */
const runsWhen = (event: string, branch: string, count: number) =>
  eventually(`${count} runs of ${event}`, async () => {
    const runs = await runsOf(event, branch);
    return runs.length === count ? runs : undefined;
  });

async function take(id: number) {
  const runner = await RawRunner.online(github, 'octo/app', ['linux']);
  const job = await runner.takeJob();
  const seen = JSON.stringify(job.message.contextData.github);
  expect(/"run_id","v":"(\d+)"/.exec(seen)?.[1]).toBe(String(id));
  return { job, seen };
}

const cancel = (id: number) => github.post(`/repos/octo/app/actions/runs/${id}/cancel`);

describe('a pull request of the repository itself', () => {
  it('runs at its merge, again after a push, and is closed by its merge', async () => {
    const head = await github.push('octo/app', { 'src/a.txt': 'b\n' }, 'topic');
    const { status, body } = await open({ head: 'topic', title: 'Better' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      number: 1,
      state: 'open',
      mergeable: true,
      head: { sha: head, ref: 'topic', repo: { fork: false } },
      base: { ref: 'main' },
    });
    const [run] = await runsWhen('pull_request', 'topic', 1);
    expect(run).toMatchObject({ head_sha: head, display_title: 'Better', event: 'pull_request' });
    expect(run.pull_requests).toMatchObject([{ number: 1, head: { sha: head } }]);
    const [target] = await runsWhen('pull_request_target', 'topic', 1);
    await cancel(target.id);
    const { job, seen } = await take(run.id);
    expect(seen).toContain('{"k":"ref","v":"refs/pull/1/merge"}');
    expect(seen).toContain(`{"k":"sha","v":"${body.merge_commit_sha}"}`);
    expect(seen).toContain('{"k":"head_ref","v":"topic"}');
    expect(seen).toContain('{"k":"base_ref","v":"main"}');
    expect(seen).toContain('{"k":"action","v":"opened"}');
    expect(job.message.variables.KEY).toEqual({ value: 'hunter2', isSecret: true });
    await job.complete();

    await github.push('octo/app', { 'src/a.txt': 'c\n' }, 'topic', 'More');
    const [second] = await runsWhen('pull_request', 'topic', 2);
    await cancel(second.id);
    const [again] = await runsWhen('pull_request_target', 'topic', 2);
    await cancel(again.id);
    const merged = await github.post('/_standin/repositories/octo/app/pulls/1/merge');
    expect(merged.body.merged).toBe(true);
    const [closed] = await runsWhen('pull_request', 'topic', 3);
    await cancel(closed.id);
    const main = await github.get('/repos/octo/app/contents/src/a.txt');
    expect(Buffer.from(main.body.content, 'base64').toString()).toBe('c\n');
  });
  it('does not run for files that the filter leaves out', async () => {
    await github.push('octo/app', { 'docs/a.md': 'b\n' }, 'docs');
    await open({ head: 'docs' });
    const [target] = await runsWhen('pull_request_target', 'docs', 1);
    await cancel(target.id);
    expect(await runsOf('pull_request', 'docs')).toEqual([]);
  });
  it('has no trial merge, and no run, while it conflicts', async () => {
    await github.push('octo/app', { 'src/clash.txt': 'one\n' }, 'clash');
    await github.push('octo/app', { 'src/clash.txt': 'two\n' }, 'main');
    const { body } = await open({ head: 'clash' });
    expect(body).toMatchObject({ mergeable: false, merge_commit_sha: null });
    const [target] = await runsWhen('pull_request_target', 'clash', 1);
    await cancel(target.id);
    expect(await runsOf('pull_request', 'clash')).toEqual([]);
    expect((await github.post('/_standin/repositories/octo/app/pulls/3/merge')).status).toBe(405);
  });
  it.each([
    [{ head: 'nowhere' }, 422, 'invalid'],
    [{ head: 'main' }, 422, 'No commits between octo:main and octo:main'],
    [{ head: 'docs' }, 422, 'A pull request already exists for octo:docs.'],
    [{ head: 'stranger:main' }, 404, 'Not Found'],
  ])('is refused for %j', async (body, status, text) => {
    const answer = await open(body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(text);
  });
});

describe('a pull request from a fork', () => {
  it('waits for approval, reads only and sees no secrets; its target does', async () => {
    const fork = await github.post('/_standin/repositories/octo/app/forks', { owner: 'hubot' });
    expect(fork.body).toMatchObject({ full_name: 'hubot/app', fork: true });
    await github.push('hubot/app', { 'src/hubot.txt': 'b\n' }, 'gift');
    const { body } = await open({ head: 'hubot:gift', author: 'hubot' });
    expect(body.head.repo.full_name).toBe('hubot/app');
    const [run] = await runsWhen('pull_request', 'gift', 1);
    expect(run).toMatchObject({ status: 'completed', conclusion: 'action_required' });
    const approve = `/repos/octo/app/actions/runs/${run.id}/approve`;
    expect((await github.post(approve)).status).toBe(201);
    expect((await github.post(approve)).status).toBe(403);
    await cancel(run.id);
    const listed = await github.get('/repos/octo/app/pulls?head=hubot:gift');
    expect(listed.body).toMatchObject([{ title: 'Change', user: { login: 'hubot' } }]);
    const [target] = await runsWhen('pull_request_target', 'gift', 1);
    const { job, seen } = await take(target.id);
    expect(seen).toContain('{"k":"ref","v":"refs/heads/main"}');
    expect(job.message.variables.KEY.value).toBe('hunter2');
    expect(job.message.variables['system.github.token.permissions'].value).toContain(
      '"Contents":"write"',
    );
    await job.complete();
  });
  it('runs at once where the setting says so, with a token that reads', async () => {
    await github.request('PUT', '/_standin/repositories/octo/app/settings', {
      forkApproval: 'nobody',
    });
    await github.push('hubot/app', { 'src/more.txt': 'b\n' }, 'second');
    await open({ head: 'hubot:second', author: 'hubot' });
    const [target] = await runsWhen('pull_request_target', 'second', 1);
    await cancel(target.id);
    const [run] = await runsWhen('pull_request', 'second', 1);
    const { job, seen } = await take(run.id);
    expect(seen).toContain('{"k":"secret_source","v":"None"}');
    expect(job.message.variables.KEY).toBeUndefined();
    const permissions = JSON.parse(job.message.variables['system.github.token.permissions'].value);
    expect(permissions).toMatchObject({ Contents: 'read', Issues: 'read' });
    await job.complete();
  });
});
