import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture, TOKEN } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';

const run = promisify(execFile);

const CI = `on:
  push: { branches: ['main', 'rel/*'], tags: ['v*'], paths-ignore: ['**.md'] }
jobs: { a: { runs-on: linux, steps: [{ run: a }] } }
`;

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  await github.request('PUT', '/_standin/repositories/octo/code', {});
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const runs = async () => (await github.get('/repos/octo/code/actions/runs')).body.workflow_runs;

const runOf = (sha: string) =>
  eventually(`run of ${sha}`, async () => {
    return (await runs()).find((each: { head_sha: string }) => each.head_sha === sha);
  });

describe('git push', () => {
  it('starts the runs of what was pushed', async () => {
    const sha = await github.push('octo/code', { '.github/workflows/ci.yml': CI, 'a.txt': 'a' });
    expect(await runOf(sha)).toMatchObject({
      event: 'push',
      head_branch: 'main',
      path: '.github/workflows/ci.yml',
      display_title: 'Change',
      run_number: 1,
      status: 'queued',
    });
  });
  it('minds branch, tag and path filters and [skip ci]', async () => {
    await github.push('octo/code', { 'README.md': 'x' });
    await github.push('octo/code', { 'b.txt': 'x' }, 'feature/x');
    await github.push('octo/code', { 'b.txt': 'x' }, 'main', 'Change [skip ci]');
    const branch = await github.push('octo/code', { 'c.txt': 'x' }, 'rel/1');
    expect(await runOf(branch)).toMatchObject({ head_branch: 'rel/1' });
    const tag = await github.push('octo/code', { 'd.txt': 'x' }, 'refs/tags/v1');
    expect(await runOf(tag)).toMatchObject({ head_branch: 'v1' });
    expect(await runs()).toHaveLength(3);
  });
  it('makes a failed run of a file with problems', async () => {
    const sha = await github.push('octo/code', {
      '.github/workflows/bad.yml': 'on: push\njobs: 1',
    });
    const failed = await eventually('failed run', async () => {
      return (await runs()).find(
        (each: { head_sha: string; conclusion: string }) =>
          each.head_sha === sha && each.conclusion === 'startup_failure',
      );
    });
    expect(failed).toMatchObject({ name: '.github/workflows/bad.yml', status: 'completed' });
    const { body } = await github.post('/_standin/repositories/octo/code/events', {
      event: 'push',
      workflow: 'bad.yml',
    });
    expect(body.problems[0]).toMatchObject({
      file: '.github/workflows/bad.yml',
      line: 2,
      column: 7,
    });
  });
  it('does not start runs where the repository does not want them', async () => {
    await github.request('PUT', '/_standin/repositories/octo/code', { triggerOnPush: false });
    const before = (await runs()).length;
    const sha = await github.push('octo/code', { 'e.txt': 'e' });
    const { body } = await github.post('/_standin/repositories/octo/code/events', {
      event: 'push',
      workflow: '.github/workflows/ci.yml',
    });
    expect(body.runs[0].head_sha).toBe(sha);
    expect(body.runs[0].jobs).toMatchObject([{ name: 'a', status: 'queued', key: 'a' }]);
    expect(await runs()).toHaveLength(before + 1);
  });
});

describe('git clone', () => {
  it('works with the token or with the token of a job', async () => {
    const runner = await RawRunner.online(github, 'octo/code');
    const job = await runner.takeJob();
    const token = job.message.variables.github_token.value;
    for (const [name, password] of [
      ['one', TOKEN],
      ['two', token],
    ]) {
      const url = github.url.replace('http://', `http://x-access-token:${password}@`);
      await run('git', ['clone', '--quiet', `${url}/octo/code`, join(github.folder, name)]);
      expect(await readFile(join(github.folder, name, 'e.txt'), 'utf8')).toBe('e');
    }
    await job.complete();
  });
  it('refuses a wrong password and an unknown repository', async () => {
    const refs = 'info/refs?service=git-upload-pack';
    const wrong = await github.request('GET', `/octo/code.git/${refs}`, undefined, 'wrong');
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toContain('Basic');
    expect((await github.get(`/octo/nothing.git/${refs}`)).status).toBe(404);
    expect((await github.get('/octo/code.git/info/refs?service=git-nonsense')).status).toBe(403);
  });
});

describe('REST over a repository', () => {
  it('shows files, commits and archives at a ref', async () => {
    const file = await github.get('/repos/octo/code/contents/.github/workflows/ci.yml?ref=main');
    expect(Buffer.from(file.body.content, 'base64').toString('utf8')).toBe(CI);
    expect((await github.get('/repos/octo/code/contents/nothing')).status).toBe(404);
    const { body } = await github.get('/api/v3/repos/octo/code/commits/rel/1');
    const archive = await fetch(`${github.url}/repos/octo/code/tarball/rel/1`, {
      headers: { Authorization: `token ${TOKEN}` },
    });
    const folder = join(github.folder, 'archive');
    await mkdir(folder);
    await writeFile(join(folder, 'a.tgz'), Buffer.from(await archive.arrayBuffer()));
    const { stdout } = await run('tar', ['-tzf', join(folder, 'a.tgz')]);
    expect(stdout).toContain(`octo-code-${body.sha.slice(0, 7)}/c.txt`);
  });
  it('answers as GitHub does to strangers and to unknown paths', async () => {
    const stranger = await github.request('GET', '/user', undefined, '');
    expect(stranger.status).toBe(401);
    expect(stranger.body).toMatchObject({ message: 'Requires authentication', status: '401' });
    const wrong = await github.request('GET', '/user', undefined, 'wrong');
    expect(wrong.body.message).toBe('Bad credentials');
    const unknown = await github.get('/nothing/at/all');
    expect(unknown).toMatchObject({ status: 404, body: { message: 'Not Found', status: '404' } });
    expect(unknown.body.documentation_url).toMatch(/^https:/);
    const broken = await fetch(`${github.url}/repos/octo/code/actions/variables`, {
      method: 'POST',
      body: '{',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    });
    expect(await broken.json()).toMatchObject({ message: 'Problems parsing JSON' });
  });
  it('counts requests, and pages lists', async () => {
    const limit = await github.get('/rate_limit');
    expect(limit.body.rate.used).toBeGreaterThan(0);
    expect(limit.headers.get('x-ratelimit-remaining')).toBe(String(limit.body.rate.remaining));
    const page = await github.get('/repos/octo/code/actions/runs?per_page=2&page=2');
    expect(page.body.workflow_runs).toHaveLength(2);
    expect(page.headers.get('link')).toMatch(/page=1>; rel="prev".*page=3>; rel="next"/);
  });
});

describe('a restart', () => {
  it('keeps the repositories', async () => {
    await github.restart();
    expect((await github.get('/repos/octo/code')).body.default_branch).toBe('main');
    const { body } = await github.post('/_standin/repositories/octo/code/events', {
      event: 'push',
    });
    expect(body.runs).toHaveLength(2);
  });
});
