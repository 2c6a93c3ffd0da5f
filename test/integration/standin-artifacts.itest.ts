import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBlob, putBlock, putBlockList } from './standin/blob.ts';
import { Fixture } from './standin/fixture.ts';
import { type RawJob, RawRunner } from './standin/raw-runner.ts';

const WORKFLOW = `on: push
jobs:
  one: { runs-on: linux, steps: [{ run: a }] }
  two: { runs-on: linux, steps: [{ run: a }] }
`;

let github: Fixture;
let runId: number;
let one: RawJob;
let two: RawJob;
let stranger: RawJob;

beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/app', { 'ci.yml': WORKFLOW });
  const take = async () => (await RawRunner.online(github, 'octo/app')).takeJob();
  runId = (await github.startRun('octo/app')).id;
  [one, two] = [await take(), await take()];
  await github.startRun('octo/app');
  stranger = await take();
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const call = (job: RawJob, method: string, body: object = {}) =>
  job.twirp(`github.actions.results.api.v1.ArtifactService/${method}`, { ...body });

async function upload(job: RawJob, name: string, text: string, size = text.length) {
  const { body } = await call(job, 'CreateArtifact', { name, version: 7 });
  expect((await putBlob(body.signed_upload_url, text)).status).toBe(201);
  const hash = `sha256:${'0'.repeat(64)}`;
  return call(job, 'FinalizeArtifact', { name, size: String(size), hash });
}

describe('artifacts over Twirp', () => {
  it('are made of blocks in the order of their list', async () => {
    const made = await call(one, 'CreateArtifact', {
      name: 'dist',
      version: 7,
      mime_type: 'application/zip',
      expires_at: '2100-01-01T00:00:00Z',
    });
    expect(made).toMatchObject({ status: 200, body: { ok: true } });
    const url: string = made.body.signed_upload_url;
    expect((await putBlock(url, 'b', ' world')).status).toBe(201);
    expect((await putBlock(url, 'a', 'hello')).status).toBe(201);
    expect((await call(one, 'FinalizeArtifact', { name: 'dist', size: '11' })).status).toBe(404);
    const unknown = await putBlockList(url, ['a', 'c']);
    expect(unknown.status).toBe(400);
    expect(unknown.headers.get('x-ms-error-code')).toBe('InvalidBlockList');
    expect(await unknown.text()).toContain('<Code>InvalidBlockList</Code>');
    expect((await putBlockList(url, ['a', 'b'])).status).toBe(201);
    expect((await call(one, 'ListArtifacts')).body).toEqual({ artifacts: [] });
    expect((await call(one, 'FinalizeArtifact', { name: 'dist', size: '12' })).status).toBe(400);
    const done = await call(one, 'FinalizeArtifact', { name: 'dist', size: '11' });
    expect(done.body).toEqual({ ok: true, artifact_id: expect.stringMatching(/^\d+$/) });
    expect((await putBlob(url, 'changed')).status).toBe(409);
  });

  it('are seen by the other jobs of the run, whole and in ranges', async () => {
    const { body } = await call(two, 'ListArtifacts', { name_filter: 'dist' });
    expect(body.artifacts).toEqual([
      {
        workflow_run_backend_id: one.scope['workflow_run_backend_id'],
        workflow_job_run_backend_id: one.scope['workflow_job_run_backend_id'],
        database_id: expect.stringMatching(/^\d+$/),
        name: 'dist',
        size: '11',
        created_at: expect.any(String),
      },
    ]);
    const [{ database_id, name, ...ids }] = body.artifacts;
    expect((await call(two, 'ListArtifacts', { id_filter: database_id })).body).toEqual(body);
    expect((await call(two, 'ListArtifacts', { id_filter: '1' })).body.artifacts).toEqual([]);
    const { signed_url: url } = (await call(two, 'GetSignedArtifactURL', { ...ids, name })).body;
    const whole = await fetch(url);
    expect(whole.headers.get('content-type')).toBe('application/zip');
    expect(whole.headers.get('content-disposition')).toContain('filename=dist');
    expect(await whole.text()).toBe('hello world');
    const part = await fetch(url, { headers: { 'x-ms-range': 'bytes=6-8' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 6-8/11');
    expect(await part.text()).toBe('wor');
    expect((await fetch(url, { headers: { Range: 'bytes=20-' } })).status).toBe(416);
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('11');
    expect((await putBlob(url, 'changed')).status).toBe(403);
    github.clock.advance(3_600_001);
    const late = await fetch(url);
    expect(late.headers.get('x-ms-error-code')).toBe('AuthenticationFailed');
  });

  it('have a name that is theirs in the run', async () => {
    const again = await call(two, 'CreateArtifact', { name: 'dist', version: 7 });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    expect(again.body.msg).toBe('an artifact with this name already exists on the workflow run');
    expect((await call(one, 'CreateArtifact', { name: 'a/b', version: 7 })).status).toBe(400);
    expect((await upload(stranger, 'dist', 'of another run')).body.ok).toBe(true);
  });

  it('are nothing to other runs, and to nobody without a token', async () => {
    const foreign = await call(stranger, 'ListArtifacts', one.scope);
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const mixed = { ...stranger.scope, workflow_job_run_backend_id: two.message.jobId };
    expect((await call(stranger, 'ListArtifacts', mixed)).status).toBe(404);
    const path = '/twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts';
    expect((await github.request('POST', path, one.scope)).status).toBe(401);
  });

  it('are deleted', async () => {
    await upload(one, 'old', 'text');
    expect((await call(two, 'DeleteArtifact', { name: 'old' })).body.ok).toBe(true);
    expect((await call(two, 'GetSignedArtifactURL', { name: 'old' })).status).toBe(404);
    expect((await upload(two, 'old', 'text again')).body.ok).toBe(true);
  });
});

describe('artifacts over REST', () => {
  it('are listed, fetched and deleted', async () => {
    await upload(one, 'report', 'text of the report');
    const { body } = await github.get(`/repos/octo/app/actions/runs/${runId}/artifacts`);
    expect(body.total_count).toBe(3);
    const [report] = body.artifacts;
    expect(report).toMatchObject({
      name: 'report',
      size_in_bytes: 18,
      digest: `sha256:${'0'.repeat(64)}`,
      expired: false,
      workflow_run: { id: runId, head_branch: 'main' },
    });
    const all = await github.get('/repos/octo/app/actions/artifacts?name=dist');
    expect(all.body.total_count).toBe(2);
    expect((await github.get(report.url)).body).toEqual(report);
    expect((await github.get(report.archive_download_url)).body).toBe('text of the report');
    expect((await github.request('DELETE', report.url)).status).toBe(204);
    expect((await github.get(report.url)).status).toBe(404);
  });

  it('are gone once they have expired', async () => {
    const soon = new Date(github.clock.now() + 60_000).toISOString();
    const wanted = { name: 'short', version: 7, expires_at: soon };
    const { body } = await call(one, 'CreateArtifact', wanted);
    await putBlob(body.signed_upload_url, 'x');
    await call(one, 'FinalizeArtifact', { name: 'short', size: '1' });
    const path = '/repos/octo/app/actions/artifacts?name=short';
    expect((await github.get(path)).body.total_count).toBe(1);
    github.clock.advance(60_001);
    expect((await github.get(path)).body.total_count).toBe(0);
  });
});
