import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStandin } from '../../src/standin/server.ts';
import { TestClock } from './standin/clock.ts';
import { Fixture } from './standin/fixture.ts';
import { type RawJob, RawRunner } from './standin/raw-runner.ts';

const run = promisify(execFile);

const WORKFLOW = `on: push
permissions: { contents: write, statuses: write }
jobs:
  build: { runs-on: linux, steps: [{ run: a }] }
`;

let github: Fixture;
let job: RawJob;
let token: string;
let sha: string;

beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/one', { 'ci.yml': WORKFLOW });
  await github.repository('octo/two', {});
  sha = (await github.startRun('octo/one')).head_sha;
  job = await (await RawRunner.online(github, 'octo/one')).takeJob();
  token = job.message.variables.github_token.value;
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

describe("a job's GITHUB_TOKEN", () => {
  const status = async (method: string, path: string, body?: object): Promise<number> =>
    (await github.request(method, path, body, token)).status;

  it('reads repositories and changes its own', async () => {
    expect(await status('GET', '/repos/octo/two')).toBe(200);
    const success = { state: 'success' };
    const path = (name: string, base = '') => `${base}/repos/octo/${name}/statuses/${sha}`;
    expect(await status('POST', path('one'), success)).toBe(201);
    expect(await status('POST', path('One', '/API/V3'), success)).toBe(201);
    expect(await status('POST', path('two'), success)).toBe(403);
  });

  it('administers nothing', async () => {
    for (const [method, path] of [
      ['GET', '/repos/octo/one/hooks'],
      ['POST', '/repos/octo/one/hooks'],
      ['GET', '/API/V3/repos/octo/one/actions/runners'],
      ['POST', '/repos/octo/one/actions/runners/generate-jitconfig'],
      ['GET', '/orgs/octo/actions/runners'],
      ['POST', '/repos/octo/one/actions/variables'],
      ['PUT', '/_standin/repositories/octo/one/secrets/A'],
      ['GET', '/_STANDIN/jobs/1/console'],
    ] as const) {
      const answer = await github.request(method, path, method === 'GET' ? undefined : {}, token);
      expect(answer).toMatchObject({
        status: 403,
        body: { message: 'Resource not accessible by integration' },
      });
    }
  });

  it('pushes to its own repository only', async () => {
    const folder = join(github.folder, 'clone');
    const base = github.url.replace('http://', `http://x-access-token:${token}@`);
    await run('git', ['clone', '--quiet', `${base}/octo/one`, folder]);
    const push = (name: string) =>
      run('git', ['-C', folder, 'push', '--quiet', `${base}/octo/${name}`, 'HEAD:refs/heads/new']);
    await push('one');
    await expect(push('two')).rejects.toThrow('403');
  });
});

describe('a stand-in with an address for containers', () => {
  it('listens there too and hands that address to jobs', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'standin-'));
    const log = { error() {}, warn() {}, info() {}, debug() {} };
    const standin = createStandin(
      { log, clock: new TestClock() },
      {
        ...{ host: '127.0.0.1', port: 0, dataDir, state: 'memory', token: 'the-token' },
        containerAddress: '127.0.0.2',
      },
    );
    const { url, port } = await standin.start();
    try {
      expect(url).toBe(`http://127.0.0.1:${port}`);
      const get = async (base: string) => {
        const headers = { Authorization: 'Bearer the-token' };
        return (await fetch(`${base}/rate_limit`, { headers })).status;
      };
      expect(await get(url)).toBe(200);
      expect(await get(`http://127.0.0.2:${port}`)).toBe(200);
      await expect(get(`http://127.0.0.3:${port}`)).rejects.toThrow();
    } finally {
      await standin.stop();
      await rm(dataDir, { recursive: true });
    }
  });
});
