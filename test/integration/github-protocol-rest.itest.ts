import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitHub } from '../../src/adapters/github/github.ts';
import type { GitHub } from '../../src/ports/github.ts';
import {
  type GitHubScene,
  never,
  openGitHubScene,
  REST_TOKEN,
  restOf,
} from '../support/github-scene.ts';
import type { MiniGitHub } from '../support/mini-github.ts';

let scene: GitHubScene;
let github: MiniGitHub;

beforeEach(async () => {
  scene = await openGitHubScene();
  github = scene.github;
});

afterEach(() => scene[Symbol.asyncDispose]());

const rest = (): GitHub => createGitHub(restOf(`${github.url}/api/v3`, scene.clock));

describe('the REST API', () => {
  const jit = { scope: 'octo/demo', name: 'r1', labels: ['linux'], runnerGroupId: 1 };
  const jitPath = 'POST /api/v3/repos/octo/demo/actions/runners/generate-jitconfig';

  it('makes a just-in-time runner', async () => {
    const json = { runner: { id: 7 }, encoded_jit_config: 'e30=' };
    github.on(jitPath, { status: 201, json });
    const made = await rest().createJitRunner(jit, never);
    expect(made).toEqual({ githubId: 7, encodedJitConfig: 'e30=' });
    expect(github.seen(jitPath)[0]?.json()).toEqual({
      name: 'r1',
      runner_group_id: 1,
      labels: ['linux'],
      work_folder: '_work',
    });
    expect(github.seen(jitPath)[0]?.headers.authorization).toBe(`Bearer ${REST_TOKEN}`);
  });

  it('makes one for an organisation, and says when its name is taken', async () => {
    const path = 'POST /api/v3/orgs/octo/actions/runners/generate-jitconfig';
    github.on(path, { status: 409, json: { message: 'Already exists' } });
    const made = rest().createJitRunner({ ...jit, scope: 'octo' }, never);
    await expect(made).rejects.toMatchObject({ code: 'runner-name-taken' });
  });

  it('does not repeat the making of a runner, since the answer may have been lost', async () => {
    github.on(jitPath, { status: 201, hangUp: true });
    await expect(rest().createJitRunner(jit, never)).rejects.toMatchObject({
      code: 'github-unreachable',
      retryable: true,
    });
    expect(github.seen(jitPath)).toHaveLength(1);
  });

  it('tells rate limits from refusals', async () => {
    github.on(jitPath, [
      { status: 403, headers: { 'Retry-After': '60' } },
      { status: 403, json: { message: 'no' } },
    ]);
    const limited = rest().createJitRunner(jit, never);
    await expect(limited).rejects.toMatchObject({ code: 'github-limited', retryable: true });
    const refused = rest().createJitRunner(jit, never);
    await expect(refused).rejects.toMatchObject({ code: 'github-refused', retryable: false });
  });

  it('removes a runner: removed, absent, busy; and tries again over a failing server', async () => {
    const path = 'DELETE /api/v3/repos/octo/demo/actions/runners/7';
    github.on(path, [
      { status: 502 },
      { status: 204, hangUp: true },
      { status: 204 },
      { status: 404, json: {} },
      { status: 422, json: {} },
    ]);
    const remove = () => rest().removeRunner('octo/demo', 7);
    expect([await remove(), await remove(), await remove()]).toEqual(['removed', 'absent', 'busy']);
  });

  it('reads of a run what the webhook of its jobs does not say', async () => {
    const path = 'GET /api/v3/repos/octo/demo/actions/runs/5';
    const run = { id: 5, event: 'pull_request' };
    const getRun = () => rest().getRun('octo/demo', 5);
    github.on(path, { status: 200, json: { ...run, head_repository: { full_name: 'x/demo' } } });
    expect(await getRun()).toEqual({ event: 'pull_request', headRepository: 'x/demo' });
    github.on(path, { status: 200, json: { ...run, head_repository: null } });
    expect(await getRun()).toEqual({ event: 'pull_request', headRepository: null });
    github.on(path, { status: 404, json: {} });
    expect(await getRun()).toBeNull();
    github.on(path, { status: 200, json: { strange: true } });
    await expect(getRun()).rejects.toMatchObject({ code: 'github-refused' });
  });

  it('reads a job, says whose token it has, and gives up on a server that is down', async () => {
    const path = 'GET /api/v3/repos/octo/demo/actions/jobs/1';
    github.on(path, { status: 200, json: { status: 'completed', conclusion: 'success' } });
    expect(await rest().getJob('octo/demo', 1)).toEqual({
      status: 'completed',
      conclusion: 'success',
    });
    github.on(path, { status: 404, json: {} });
    expect(await rest().getJob('octo/demo', 1)).toBeNull();
    github.on('GET /api/v3/user', { status: 200, json: { login: 'mona' } });
    expect(await rest().whoAmI()).toBe('mona');
    github.on('GET /api/v3/user', { status: 503 });
    await expect(rest().whoAmI()).rejects.toMatchObject({ code: 'github-unreachable' });
  });
});
