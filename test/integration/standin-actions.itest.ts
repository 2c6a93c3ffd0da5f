import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, Fixture, TOKEN } from './standin/fixture.ts';
import { type RawJob, RawRunner } from './standin/raw-runner.ts';

const run = promisify(execFile);

const WORKFLOW = `on: push
jobs:
  build:
    runs-on: linux
    container: { image: 'alpine:3', env: { A: '\${{ github.ref }}' }, options: --cpus 1 }
    services:
      redis: { image: redis, ports: ['6379'] }
    steps:
      - uses: octo/tool@v1
        with: { key: 'a \${{ github.sha }}', n: 1 }
      - uses: octo/tool/sub/folder@main
      - uses: ./local
      - uses: docker://alpine:3
`;

let github: Fixture;
let job: RawJob;
let first: string;
let second: string;

beforeAll(async () => {
  github = await Fixture.start();
  await github.request('PUT', '/_standin/repositories/octo/tool', { private: false });
  first = await github.push('octo/tool', { 'action.yml': 'one', 'src/a.js': 'a' });
  await github.push('octo/tool', {}, 'refs/tags/v1');
  second = await github.push('octo/tool', { 'action.yml': 'two' }, 'feature/x');
  await github.push('octo/tool', {}, 'abcdef0');
  await github.repository('octo/app', { 'ci.yml': WORKFLOW });
  await github.repository('octo/secret', {});
  await github.startRun('octo/app');
  job = await (await RawRunner.online(github, 'octo/app')).takeJob();
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const launch = (actions: readonly object[], token = job.token, plan = job.message.plan.planId) => {
  const base = job.message.variables['system.github.launch_endpoint'].value;
  const path = `/actions/build/${plan}/jobs/${job.message.jobId}/runnerresolve/actions`;
  return github.request('POST', `${base}${path}`, { actions }, token);
};

const resolve = async (action: string, version: string): Promise<Answer['body']> =>
  (await launch([{ action, version, path: '' }])).body;

describe('the job message', () => {
  it('names the actions of its steps and their inputs', () => {
    const steps = job.message.steps;
    expect(steps.map((step: { reference: object }) => step.reference)).toEqual([
      { type: 'repository', repositoryType: 'GitHub', name: 'octo/tool', ref: 'v1' },
      {
        type: 'repository',
        repositoryType: 'GitHub',
        name: 'octo/tool',
        ref: 'main',
        path: 'sub/folder',
      },
      { type: 'repository', repositoryType: 'self', path: './local' },
      { type: 'containerRegistry', image: 'alpine:3' },
    ]);
    expect(JSON.stringify(steps[0].inputs)).toContain("format('a {0}', github.sha)");
    expect(steps[0].inputs.map[1]).toMatchObject({ Key: { lit: 'n' }, Value: { lit: '1' } });
    expect(steps[0].name).toBe('__octo_tool');
  });
  it('carries the container and the services of the job, unevaluated', () => {
    const text = JSON.stringify(job.message.jobContainer);
    expect(text).toContain('alpine:3');
    expect(text).toContain('"expr":"github.ref"');
    expect(text).toContain('--cpus 1');
    expect(JSON.stringify(job.message.jobServiceContainers)).toMatch(/redis.*6379/);
  });
});

describe('the launch service', () => {
  it('resolves tags, branches and commits', async () => {
    const entry = (await resolve('octo/tool', 'feature/x')).actions['octo/tool@feature/x'];
    expect(entry).toEqual({
      name: 'octo/tool',
      resolved_name: 'octo/tool',
      resolved_sha: second,
      tar_url: `${github.url}/_codeload/octo/tool/tar.gz/${second}`,
      zip_url: `${github.url}/_codeload/octo/tool/zip/${second}`,
      version: 'feature/x',
      authentication: null,
    });
    const { actions } = await resolve('Octo/Tool', first);
    expect(actions[`Octo/Tool@${first}`].resolved_sha).toBe(first);
    const branch = await resolve('octo/tool', 'abcdef0');
    expect(branch.actions['octo/tool@abcdef0'].resolved_sha).toMatch(/^[0-9a-f]{40}$/);
  });

  it('gives a token with a private repository', async () => {
    const { actions } = await resolve('octo/secret', 'main');
    const { tar_url: url, authentication } = actions['octo/secret@main'];
    expect(authentication.token).toBe(job.message.variables.github_token.value);
    expect(Date.parse(authentication.expires_at)).toBeGreaterThan(github.clock.now());
    expect((await fetch(url)).status).toBe(404);
    const basic = Buffer.from(`x-access-token:${authentication.token}`).toString('base64');
    const answer = await fetch(url, { headers: { Authorization: `Basic ${basic}` } });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  });

  it('says of each action that is not there why', async () => {
    const answer = await launch([
      { action: 'octo/none', version: 'v1' },
      { action: 'octo/tool', version: 'v9' },
      { action: 'octo/tool', version: 'main~1' },
      { action: 'octo/tool', version: first.slice(0, 7) },
      { action: 'octo/tool', version: 'main' },
    ]);
    expect(answer.status).toBe(422);
    const errors = Object.entries(answer.body.errors as Record<string, { message: string }>);
    expect(errors.map(([key, { message }]) => [key, message.split(', ')[1]])).toEqual([
      ['octo/none@v1', 'repository not found'],
      ['octo/tool@v9', 'unable to find version `v9`'],
      ['octo/tool@main~1', 'unable to find version `main~1`'],
      [
        `octo/tool@${first.slice(0, 7)}`,
        `the provided ref \`${first.slice(0, 7)}\` is the shortened version of a commit SHA`,
      ],
    ]);
  });

  it('serves the job of the token only', async () => {
    const wanted = [{ action: 'octo/tool', version: 'v1' }];
    expect((await launch(wanted, TOKEN)).status).toBe(401);
    expect((await launch(wanted, job.token, 'another')).status).toBe(404);
    expect((await launch([{ action: 'octo/tool' }])).status).toBe(400);
  });
});

describe('archives', () => {
  const members = async (url: string): Promise<readonly string[]> => {
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('application/x-gzip');
    const file = join(github.folder, 'archives', 'a.tgz');
    await mkdir(join(github.folder, 'archives'), { recursive: true });
    await writeFile(file, Buffer.from(await answer.arrayBuffer()));
    return (await run('tar', ['-tzf', file])).stdout.trim().split('\n');
  };
  const linkTo = async (path: string): Promise<string> => {
    const headers = { Authorization: `token ${TOKEN}` };
    const answer = await fetch(`${github.url}${path}`, { headers, redirect: 'manual' });
    expect(answer.status).toBe(302);
    return String(answer.headers.get('location'));
  };

  it('have one top folder', async () => {
    const { actions } = await resolve('octo/tool', 'v1');
    const { tar_url: url } = actions['octo/tool@v1'];
    const top = url.split('/').at(-1);
    expect(await members(url)).toContain(`tool-${top}/src/a.js`);
    const link = await linkTo('/repos/octo/tool/tarball/v1');
    expect(await members(link)).toContain(`octo-tool-${top.slice(0, 7)}/src/a.js`);
  });

  it('of private repositories are linked to for five minutes', async () => {
    const link = await linkTo('/api/v3/repos/octo/secret/zipball');
    const answer = await fetch(link);
    expect(answer.headers.get('content-type')).toBe('application/zip');
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
    expect((await fetch(link.replace(/sig=.{4}/, 'sig=AAAA'))).status).toBe(404);
    github.clock.advance(300_001);
    expect((await fetch(link)).status).toBe(404);
  });

  it('are not there for other refs, kinds and repositories', async () => {
    for (const path of ['octo/tool/tar.gz/v9', 'octo/tool/rar/main', 'octo/none/zip/main']) {
      expect((await fetch(`${github.url}/_codeload/${path}`)).status).toBe(404);
    }
    expect((await github.get('/repos/octo/tool/tarball/v9')).status).toBe(404);
  });
});
