import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAppCredentials } from '../../src/adapters/github/app-credentials.ts';
import { createGitHub } from '../../src/adapters/github/github.ts';
import { createListing } from '../../src/adapters/github/listing.ts';
import { createRestClient } from '../../src/adapters/github/rest-client.ts';
import { Secret } from '../../src/domain/secret.ts';
import { type GitHubScene, never, openGitHubScene, restOf } from '../support/github-scene.ts';
import type { MiniGitHub } from '../support/mini-github.ts';

let scene: GitHubScene;
let github: MiniGitHub;

beforeEach(async () => {
  scene = await openGitHubScene();
  github = scene.github;
});
afterEach(() => scene[Symbol.asyncDispose]());

const RUNS = 'GET /repos/octo/demo/actions/runs';
const JIT = 'POST /repos/octo/demo/actions/runners/generate-jitconfig';
const jit = { scope: 'octo/demo', name: 'r1', labels: ['linux'], runnerGroupId: 1 };
const made = { status: 201, json: { runner: { id: 7 }, encoded_jit_config: 'e30=' } };
const inAnHour = () => String(Math.floor(scene.clock.now() / 1000) + 3_600);

describe('the budget of calls', () => {
  it('keeps the last calls for what starts runners', async () => {
    const headers = {
      'X-RateLimit-Limit': '100',
      'X-RateLimit-Remaining': '30',
      'X-RateLimit-Reset': inAnHour(),
    };
    github.on(RUNS, { status: 200, json: { workflow_runs: [] }, headers });
    github.on(JIT, made);
    const rest = restOf(github.url, scene.clock);
    const listing = createListing({ rest });
    expect(await listing.unfinishedRuns('octo/demo')).toEqual([]);
    await expect(listing.unfinishedRuns('octo/demo')).rejects.toMatchObject({
      code: 'github-limited',
      retryable: true,
    });
    expect(github.seen(RUNS)).toHaveLength(2);
    await expect(createGitHub(rest).createJitRunner(jit, never)).resolves.toMatchObject({
      githubId: 7,
    });
    expect([...rest.budgets().values()]).toMatchObject([{ primary: { remaining: 29 } }]);
  });

  it('is silent for as long as GitHub says', async () => {
    github.on(JIT, { status: 403, headers: { 'Retry-After': '600' }, json: { message: 'slow' } });
    const rest = createGitHub(restOf(github.url, scene.clock));
    await expect(rest.createJitRunner(jit, never)).rejects.toMatchObject({
      code: 'github-limited',
    });
    await expect(rest.createJitRunner(jit, never)).rejects.toThrow(/holds calls back until/);
    expect(github.seen(JIT)).toHaveLength(1);
  });

  it('asks again only for what has changed', async () => {
    const run = { id: 5, updated_at: '2026-01-01T00:00:00Z' };
    github.on(RUNS, ({ headers }) =>
      headers['if-none-match'] === '"one"'
        ? { status: 304 }
        : { status: 200, json: { workflow_runs: [run] }, headers: { ETag: '"one"' } },
    );
    const listing = createListing({ rest: restOf(github.url, scene.clock) });
    const first = await listing.unfinishedRuns('octo/demo');
    expect(await listing.unfinishedRuns('octo/demo')).toEqual(first);
    expect(first).toEqual([{ id: 5, updatedAt: run.updated_at }]);
    expect(github.seen(RUNS).map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      undefined,
      '"one"',
      '"one"',
    ]);
  });

  it('follows pages, but never to another server', async () => {
    const page = (id: number, next: string) => ({
      status: 200,
      json: { workflow_runs: [{ id, updated_at: '2026-01-01T00:00:00Z' }] },
      headers: { Link: `<${next}>; rel="next"` },
    });
    const second = `${github.url}/repos/octo/demo/actions/runs/page2`;
    github.on(RUNS, page(1, second));
    github.on(`${RUNS}/page2`, page(2, 'http://127.0.0.9:1/elsewhere'));
    const listing = createListing({ rest: restOf(github.url, scene.clock) });
    const runs = await listing.unfinishedRuns('octo/demo');
    expect(runs.map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe('a GitHub App', () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const TOKENS = 'POST /app/installations/11/access_tokens';
  const PLACE = 'GET /orgs/octo/installation';

  const restOfApp = (key = pem) => {
    const credentials = createAppCredentials({
      ...{ apiUrl: github.url, appId: 'Iv1.abc', userAgent: 'test', clock: scene.clock },
      privateKey: new Secret(key),
    });
    const { clock } = scene;
    return createRestClient({ apiUrl: github.url, credentials, userAgent: 'test', clock });
  };
  const token = (text: string, minutes: number) => ({
    status: 201,
    json: {
      token: text,
      expires_at: new Date(scene.clock.now() + minutes * 60_000).toISOString(),
    },
  });
  const job = { status: 200, json: { status: 'queued' } };
  const JOB = 'GET /repos/octo/demo/actions/jobs/1';
  const sent = (route: string) =>
    github.seen(route).map(({ headers }) => headers.authorization?.replace('Bearer ', ''));

  beforeEach(() => {
    github.on(PLACE, { status: 200, json: { id: 11, account: { login: 'octo' } } });
    github.on(JOB, job);
  });

  it('signs in with its key and uses one token of the installation for all calls', async () => {
    github.on(TOKENS, token('ghs_one', 60));
    const rest = createGitHub(restOfApp());
    await Promise.all([rest.getJob('octo/demo', 1), rest.getJob('octo/demo', 1)]);
    expect(sent(JOB)).toEqual(['ghs_one', 'ghs_one']);
    expect(github.seen(TOKENS)).toHaveLength(1);
    expect(github.seen(PLACE)).toHaveLength(1);
    const [jwt = ''] = sent(PLACE);
    const { payload } = await jwtVerify(jwt, keys.publicKey, {
      algorithms: ['RS256'],
      currentDate: new Date(scene.clock.now()),
    });
    expect(payload).toMatchObject({ iss: 'Iv1.abc' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(600);
  });

  it('makes a new token before the old one ends, and when GitHub no longer takes it', async () => {
    github.on(TOKENS, [token('ghs_short', 4), token('ghs_two', 60), token('ghs_three', 60)]);
    const rest = createGitHub(restOfApp());
    await rest.getJob('octo/demo', 1);
    await rest.getJob('octo/demo', 1);
    expect(sent(JOB)).toEqual(['ghs_short', 'ghs_two']);
    github.on(JOB, ({ headers }) =>
      headers.authorization === 'Bearer ghs_three' ? job : { status: 401, json: {} },
    );
    expect(await rest.getJob('octo/demo', 1)).toMatchObject({ status: 'queued' });
  });

  it('says what is wrong: not installed, key not accepted, no key at all', async () => {
    const none = { status: 404, json: { message: 'Not Found' } };
    github.on(PLACE, none);
    github.on('GET /users/octo/installation', none);
    const absent = createGitHub(restOfApp()).getJob('octo/demo', 1);
    await expect(absent).rejects.toThrow(/not installed at octo: install it/);
    github.on(PLACE, { status: 401, json: {} });
    const unknown = createGitHub(restOfApp()).getJob('octo/demo', 1);
    await expect(unknown).rejects.toThrow(/check the App id, the private key and .*clock/);
    expect(() => restOfApp('-----BEGIN NONSENSE-----')).toThrow(/no PEM private key/);
  });
});
