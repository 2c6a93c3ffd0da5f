import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBlob } from './standin/blob.ts';
import { Fixture } from './standin/fixture.ts';
import { type RawJob, RawRunner } from './standin/raw-runner.ts';

const WORKFLOW = 'on: [push, pull_request]\njobs: { a: { runs-on: linux, steps: [{ run: a }] } }\n';

let github: Fixture;
/** A job on the default branch, one on another branch, one of a pull request to that branch. */
let main: RawJob;
let branch: RawJob;
let pull: RawJob;

beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/app', { 'ci.yml': WORKFLOW });
  await github.repository('octo/other', { 'ci.yml': WORKFLOW });
  await github.push('octo/app', {}, 'topic');
  main = await jobOf('octo/app', {});
  branch = await jobOf('octo/app', { ref: 'refs/heads/topic' });
  pull = await jobOf('octo/app', {
    event: 'pull_request',
    payload: { pull_request: { base: { ref: 'topic' }, head: { ref: 'mine' } } },
  });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

async function jobOf(repository: string, event: object): Promise<RawJob> {
  await github.startRun(repository, { ...event });
  return (await RawRunner.online(github, repository)).takeJob();
}

const call = (job: RawJob, method: string, body: object) =>
  job.twirp(`github.actions.results.api.v1.CacheService/${method}`, { version: 'v', ...body });

async function save(job: RawJob, key: string, text: string = key) {
  const { body } = await call(job, 'CreateCacheEntry', { key });
  expect((await putBlob(body.signed_upload_url, text)).status).toBe(201);
  return call(job, 'FinalizeCacheEntryUpload', { key, size_bytes: String(text.length) });
}

/** The key of the entry that is found; it must hold what was saved. */
async function restore(job: RawJob, key: string, restore_keys: readonly string[] = []) {
  const { body } = await call(job, 'GetCacheEntryDownloadURL', { key, restore_keys });
  if (!body.ok) {
    expect(body).toEqual({ ok: false, signed_download_url: '', matched_key: '' });
    return null;
  }
  expect(await (await fetch(body.signed_download_url)).text()).toContain(body.matched_key);
  return body.matched_key;
}

describe('caches', () => {
  it('are found by their key, by its beginning, then by the restore keys', async () => {
    expect(await restore(main, 'npm-1')).toBeNull();
    expect((await save(main, 'npm-1')).body).toMatchObject({ ok: true, message: '' });
    await save(main, 'npm-12');
    expect(await restore(main, 'npm-1')).toBe('npm-1');
    expect(await restore(main, 'npm-')).toBe('npm-12');
    expect(await restore(main, 'none', ['no', 'npm-1'])).toBe('npm-1');
    expect(await restore(main, 'none', ['no'])).toBeNull();
    const other = { key: 'npm-1', restore_keys: [], version: 'w' };
    expect((await call(main, 'GetCacheEntryDownloadURL', other)).body.ok).toBe(false);
  });

  it('are written once', async () => {
    const again = await call(main, 'CreateCacheEntry', { key: 'npm-1' });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    await call(main, 'CreateCacheEntry', { key: 'slow' });
    expect((await call(main, 'CreateCacheEntry', { key: 'slow' })).status).toBe(409);
    expect(await restore(main, 'slow')).toBeNull();
    const early = { key: 'slow', size_bytes: '4' };
    expect((await call(main, 'FinalizeCacheEntryUpload', early)).body.ok).toBe(false);
    const { body } = await call(main, 'GetCacheEntryDownloadURL', { key: 'npm-1' });
    expect((await putBlob(body.signed_download_url, 'changed')).status).toBe(403);
    expect((await call(main, 'CreateCacheEntry', { key: 'a,b' })).status).toBe(400);
  });

  it('are seen from their own ref, refs based on it and, on the default branch, by all', async () => {
    await save(branch, 'topic-1');
    await save(pull, 'pull-1');
    expect(await restore(main, 'topic-1')).toBeNull();
    expect(await restore(branch, 'npm-12')).toBe('npm-12');
    expect(await restore(pull, 'topic-1')).toBe('topic-1');
    expect(await restore(pull, 'npm-1')).toBe('npm-1');
    expect(await restore(branch, 'pull-1')).toBeNull();
    expect((await save(branch, 'npm-1', 'npm-1 of topic')).body.ok).toBe(true);
    const claims = JSON.parse(Buffer.from(pull.token.split('.')[1] ?? '', 'base64url').toString());
    expect(JSON.parse(claims.ac)).toEqual([
      { Scope: 'refs/pull/1/merge', Permission: 3 },
      { Scope: 'refs/heads/topic', Permission: 1 },
      { Scope: 'refs/heads/main', Permission: 1 },
    ]);
  });

  it('do not leave their repository', async () => {
    const other = await jobOf('octo/other', {});
    expect(await restore(other, 'npm-1')).toBeNull();
    await other.complete();
  });

  it('make room for new ones: the one used longest ago goes first', async () => {
    const limit = (cacheLimitBytes: number) =>
      github.request('PATCH', '/_standin/settings', { cacheLimitBytes });
    const other = await jobOf('octo/other', {});
    await limit(25);
    for (const key of ['first-cache', 'other-cache']) {
      await save(other, key);
      github.clock.advance(1_000);
    }
    expect(await restore(other, 'first-cache')).toBe('first-cache');
    github.clock.advance(1_000);
    await save(other, 'third-cache');
    expect(await restore(other, 'other-cache')).toBeNull();
    expect(await restore(other, 'first-cache')).toBe('first-cache');
    expect(await restore(other, 'third-cache')).toBe('third-cache');
    const large = await save(other, 'large', 'x'.repeat(26));
    expect(large.body).toMatchObject({
      ok: false,
      message: expect.stringMatching(/over the limit/),
    });
    expect(await restore(other, 'large')).toBeNull();
    await limit(10 * 1024 ** 3);
    await other.complete();
  });

  it('can be reserved again when the job that did has ended', async () => {
    await main.complete();
    const next = await jobOf('octo/app', {});
    expect((await save(next, 'slow')).body.ok).toBe(true);
    expect(await restore(next, 'slow')).toBe('slow');
  });
});
