import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from './standin/eventually.ts';
import { Fixture, TOKEN } from './standin/fixture.ts';
import { ONE_JOB } from './standin/one-job.ts';
import { RawConnection } from './standin/raw-http.ts';
import { type RawJob, RawRunner } from './standin/raw-runner.ts';

let github: Fixture;
let connection: RawConnection;
let job: RawJob;
let jobId: number;
let step: { step_backend_id: string };
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/one', { 'ci.yml': ONE_JOB });
  connection = await RawConnection.open(github.url);
  const run = await github.startRun('octo/one');
  job = await (await RawRunner.online(github, 'octo/one')).takeJob();
  jobId = (await github.jobs('octo/one', run.id))['build'].id;
  step = { step_backend_id: job.message.steps[0].id };
});
afterAll(async () => {
  connection.close();
  await job.complete();
  await github.stop();
  expect(github.errors).toEqual([]);
});

const UPDATE = 'github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate';
const RECEIVER = 'results.services.receiver.Receiver';
const at = '2026-06-30T15:40:39.625Z';
const headers = (type = 'application/json') => [
  'Accept: application/json',
  `Authorization: Bearer ${job.token}`,
  `Content-Type: ${type}`,
];

async function twirp(path: string, body: string, lines = headers()) {
  const answer = await connection.send('POST', path, lines, body);
  return { ...answer, body: JSON.parse(answer.text) };
}

describe('E.1 the results service', () => {
  it.each([
    ['GetStepLogsSignedBlobURL', 'logs_url'],
    ['GetJobLogsSignedBlobURL', 'logs_url'],
    ['GetStepSummarySignedBlobURL', 'summary_url'],
    ['GetJobDiagLogsSignedBlobURL', 'diag_logs_url'],
  ])('gives a signed URL with a query for %s', async (method, member) => {
    const { status, body } = await job.receiver(method, step);
    expect(status).toBe(200);
    expect(body[member]).toContain('?');
    expect(body.blob_storage_type).toBe('BLOB_STORAGE_TYPE_AZURE');
    expect(body.soft_size_limit).toBe('1048576');
  });

  it.each([
    ['CreateStepLogsMetadata', { line_count: 3 }],
    ['CreateStepLogsMetadata', { line_count: '3' }],
    ['CreateJobLogsMetadata', { line_count: 3 }],
    ['CreateStepSummaryMetadata', { size: 12 }],
  ])('answers %s of %j with ok', async (method, more) => {
    const answer = await job.receiver(method, { ...step, uploaded_at: at, ...more });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer).toMatchObject({ status: 200, body: { ok: true } });
  });

  it('speaks of errors as Twirp does', async () => {
    const path = `/twirp/${RECEIVER}/GetJobLogsSignedBlobURL`;
    const scope = JSON.stringify(job.scope);
    expect(await twirp(`${path}X`, scope)).toMatchObject({
      status: 404,
      body: { code: 'bad_route', msg: `no handler for path "${path}X"` },
    });
    expect(await twirp(path, '{"a":')).toMatchObject({ status: 400, body: { code: 'malformed' } });
    expect(await twirp(path, '{}')).toMatchObject({ status: 400, body: { code: 'malformed' } });
    expect(await twirp(path, scope, headers('application/protobuf'))).toMatchObject({
      status: 404,
      body: { code: 'bad_route' },
    });
    const stranger = ['Authorization: Bearer a.b.c', 'Content-Type: application/json'];
    expect(await twirp(path, scope, stranger)).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
    const other = JSON.stringify({ ...job.scope, workflow_run_backend_id: 'x' });
    expect(await twirp(path, other)).toMatchObject({
      status: 404,
      body: { code: 'not_found', msg: 'workflow run not found' },
    });
  });

  it.each(['', '/'])('is found with %j before its path', async (before) => {
    const path = `${before}/twirp/${RECEIVER}/GetJobLogsSignedBlobURL`;
    expect((await twirp(path, JSON.stringify(job.scope))).status).toBe(200);
  });
});

describe('E.2 step updates', () => {
  const update = (number: number, name: string, status: number | string, order: number) =>
    job.twirp(UPDATE, {
      change_order: order,
      steps: [
        {
          external_id: step.step_backend_id,
          ...{ number, name, status, started_at: at, completed_at: null, conclusion: 0 },
        },
      ],
    });
  const shown = async () =>
    (await github.get(`/repos/octo/one/actions/jobs/${jobId}`)).body.steps as {
      name: string;
      status: string;
    }[];

  it('are taken in their order, and dropped when a later one has come', async () => {
    await update(1, 'first', 3, 1);
    await update(1, 'third', 3, 3);
    await update(1, 'second', 6, 2);
    await update(1, 'third again', 6, 3);
    expect(await shown()).toMatchObject([{ name: 'third', status: 'in_progress' }]);
  });
  it.each([
    [3, 'in_progress'],
    [5, 'queued'],
    [6, 'completed'],
  ])('know the status %i as %s', async (status, wanted) => {
    await update(1, 'step', status, 100 + status);
    const [only] = await shown();
    expect(only?.status).toBe(wanted);
  });
  it('find no run when they name a status instead of numbering it', async () => {
    expect(await update(1, 'x', 'STATUS_COMPLETED', 200)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  });
});

describe('E.3 log blobs', () => {
  const put = (url: string, body: string, more: Record<string, string> = {}) =>
    fetch(url, { method: 'PUT', body, headers: { 'Content-Type': 'text/plain', ...more } });
  const target = async () =>
    (await job.receiver('GetStepLogsSignedBlobURL', step)).body.logs_url as string;
  const WHOLE = { 'x-ms-blob-type': 'BlockBlob' };
  const EMPTY = { 'x-ms-blob-type': 'AppendBlob' };
  const codeOf = async (response: Response) => {
    expect(await response.text()).toContain(`<Code>${response.headers.get('x-ms-error-code')}`);
    return [response.status, response.headers.get('x-ms-error-code')];
  };

  it('are written at once, with the headers that Azure answers', async () => {
    const answer = await put(await target(), '\ufeffline\n', WHOLE);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-length')).toBe('0');
    for (const name of ['etag', 'last-modified', 'x-ms-request-id', 'x-ms-version']) {
      expect(answer.headers.get(name)).not.toBeNull();
    }
  });
  it('are created empty, appended to by fresh URLs, and sealed with the last block', async () => {
    const log = async () => (await job.receiver('GetJobLogsSignedBlobURL')).body.logs_url;
    expect((await put(await log(), '', EMPTY)).status).toBe(201);
    const first = await put(`${await log()}&comp=appendblock`, 'one\n', {
      'x-ms-blob-sealed': 'False',
    });
    expect([first.status, first.headers.get('x-ms-blob-append-offset')]).toEqual([201, '0']);
    const last = await put(`${await log()}&comp=appendblock&seal=true`, 'two\n', {
      'x-ms-blob-sealed': 'True',
    });
    expect([last.status, last.headers.get('x-ms-blob-append-offset')]).toEqual([201, '4']);
    const late = await put(`${await log()}&comp=appendblock`, 'three\n');
    expect(await codeOf(late)).toEqual([409, 'BlobIsSealed']);
    const text = (await github.get(`/repos/octo/one/actions/jobs/${jobId}/logs`)).body;
    expect(text).toBe('one\ntwo\n');
  });
  it('refuse what Azure refuses', async () => {
    const url = await target();
    await put(url, 'whole', WHOLE);
    const refusals = [
      await put(url, 'x'),
      await put(url, 'x', { 'x-ms-blob-type': 'PageBlob' }),
      await put(url, 'not empty', EMPTY),
      await put(`${url}&comp=appendblock`, 'x'),
      await put(url, 'x', { ...WHOLE, 'If-None-Match': '*' }),
      await put(`${url}&comp=lease`, 'x'),
    ];
    expect(await Promise.all(refusals.map(codeOf))).toEqual([
      [400, 'MissingRequiredHeader'],
      [400, 'InvalidHeaderValue'],
      [400, 'InvalidHeaderValue'],
      [409, 'InvalidBlobType'],
      [409, 'BlobAlreadyExists'],
      [400, 'InvalidQueryParameterValue'],
    ]);
  });
  it('need the signature as it was given, and in time', async () => {
    const url = new URL(await target());
    const changed = (change: (copy: URL) => void) => {
      const copy = new URL(url);
      change(copy);
      return put(copy.href, 'x', WHOLE);
    };
    const forged = await changed((copy) => copy.searchParams.set('sig', 'AAAA'));
    expect(await codeOf(forged)).toEqual([403, 'AuthenticationFailed']);
    const longer = await changed((copy) => copy.searchParams.set('se', '9999999999999'));
    expect(longer.status).toBe(403);
    const elsewhere = await changed((copy) => {
      copy.pathname = copy.pathname.replace(/[^/]+$/, 'other.txt');
    });
    expect(elsewhere.status).toBe(403);
    expect((await changed((copy) => copy.searchParams.delete('sig'))).status).toBe(403);
    expect((await put(url.href, 'x', WHOLE)).status).toBe(201);
    github.clock.advance(3_601_000);
    expect((await put(url.href, 'x', WHOLE)).status).toBe(403);
  });
});

describe('E.4 the live console', () => {
  const open = (
    url: string,
    token: string,
    onMessage: (data: Buffer) => void = () => undefined,
  ): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, {
        headers: { Authorization: `Bearer ${token}`, 'User-Agent': 'GitHubActionsRunner' },
      });
      socket.on('message', onMessage);
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
    });
  const batch = (startLine: number, ...value: string[]) =>
    JSON.stringify({ count: value.length, value, stepId: step.step_backend_id, startLine });
  const watch = async () => {
    const seen: { startLine: number; lines: string[] }[] = [];
    const url = `${github.url.replace('http', 'ws')}/_standin/jobs/${jobId}/console`;
    const socket = await open(url, TOKEN, (data) => seen.push(JSON.parse(data.toString())));
    return { socket, seen };
  };

  it('takes messages in frames of 1024 bytes, and shows them to all who watch', async () => {
    const early = await watch();
    const runner = await open(job.endpoint.data.FeedStreamUrl, job.token);
    const long = batch(1, 'x'.repeat(1024), 'y'.repeat(1024));
    for (let start = 0; start < long.length; start += 1024) {
      const end = start + 1024;
      runner.send(long.slice(start, end), { fin: end >= long.length });
    }
    await eventually('first batch', () => early.seen.length === 1 || undefined);
    const late = await watch();
    await eventually('what was before', () => late.seen.length === 1 || undefined);
    runner.send('nonsense');
    runner.send(batch(3, 'z'));
    for (const { socket, seen } of [early, late]) {
      await eventually('second batch', () => seen.length === 2 || undefined);
      expect(seen.map(({ startLine }) => startLine)).toEqual([1, 3]);
      expect(seen[0]?.lines.map((line) => line.length)).toEqual([1024, 1024]);
      socket.close();
    }
    runner.close();
  });
  it('is closed to strangers', async () => {
    const url = `${github.url.replace('http', 'ws')}`;
    await expect(open(job.endpoint.data.FeedStreamUrl, 'a.b.c')).rejects.toThrow('401');
    await expect(open(`${url}/_standin/jobs/${jobId}/console`, job.token)).rejects.toThrow('401');
    await expect(open(`${url}/_standin/jobs/1/console`, TOKEN)).rejects.toThrow('404');
    await expect(open(`${url}/elsewhere`, TOKEN)).rejects.toThrow('404');
  });
});
