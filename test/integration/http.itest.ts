import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HubDatabase } from '../../src/adapters/database/open-database.ts';
import { createFileLogStore } from '../../src/adapters/files/log-store.ts';
import { jobIdOf } from '../../src/domain/ids.ts';
import { createHttpApp } from '../../src/http/create-http-app.ts';
import { type HttpServer, startHttpServer } from '../../src/http/start-http-server.ts';
import { createIntake } from '../../src/services/intake.ts';
import { createTestClock } from '../support/clocks.ts';
import { openTestDatabase, query, startServer } from '../support/embedded-server.ts';
import { INSTANT, segmentOf } from '../support/log-text.ts';
import { createRecordingLog, type RecordingLog } from '../support/logs.ts';
import { postWebhook, webhookSecret, workflowJob } from '../support/post-webhook.ts';
import { aSchedulePolicy } from '../support/schedule-scene.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let url: string;
let db: HubDatabase;
let logsFolder: string;
let http: HttpServer;
let log: RecordingLog;
const logs = () => createFileLogStore(logsFolder);

beforeAll(async () => {
  server = await startServer();
  logsFolder = await mkdtemp(path.join(os.tmpdir(), 'runnerhub-logs-'));
});
afterAll(async () => {
  await server.stop();
  await rm(logsFolder, { recursive: true, force: true });
});
beforeEach(async () => {
  url = await server.createDatabase();
  db = await openTestDatabase(url);
  log = createRecordingLog();
  const live = { publish: () => {} };
  const app = createHttpApp({
    estimate: async () => null,
    jobRouter: aSchedulePolicy().router,
    ...db,
    intake: createIntake({ ledger: db.ledger, live, clock: createTestClock() }),
    webhookSecret,
    queue: { counts: async () => ({ waiting: 3, active: 0, delayed: 0, failed: 0 }) },
    logs: logs(),
    registry: new Registry(),
    checks: [{ name: 'database', check: () => db.ping() }],
    log,
  });
  http = await startHttpServer(app, { host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await http.stop();
  await db.close();
});

const post: (
  ...args: Parameters<typeof postWebhook> extends [string, ...infer R] ? R : never
) => Promise<Response> = (body, options) => postWebhook(http.url, body, options);
const get = (route: string) => fetch(http.url + route);
const json = async (route: string): Promise<Record<string, unknown>> =>
  (await (await get(route)).json()) as Record<string, unknown>;
const stored = async () =>
  (await query(url, 'select event, job from deliveries order by received_at')).rows;

/** Checks that the answer is a problem as RFC 9457 wants it, and that it shows no stack. */
async function expectProblem(response: Response, status: number, code: string) {
  const text = await response.text();
  expect(response.status, text).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(JSON.parse(text)).toMatchObject({
    type: `urn:runnerhub:problem:${code}`,
    code,
    status,
    detail: expect.any(String),
    requestId: response.headers.get('x-request-id'),
  });
  expect(text).not.toMatch(/\bat .*\.(ts|js):/);
}

describe('POST /webhooks/github', () => {
  it('commits a job, then answers', async () => {
    const response = await post(workflowJob(11));
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ outcome: 'stored', job: 'job_11' });
    expect(await db.ledger.get(jobIdOf(11))).toMatchObject({ state: 'queued', name: 'build' });
    expect(await db.outbox.depth()).toBe(1);
  });

  it('takes a form as well', async () => {
    const payload = JSON.stringify(workflowJob(12));
    const form = new URLSearchParams({ payload }).toString();
    const contentType = 'application/x-www-form-urlencoded';
    expect((await post(form, { contentType })).status).toBe(202);
    expect((await query(url, 'select payload from deliveries')).rows).toEqual([{ payload }]);
    await expectProblem(await post('other=1', { contentType }), 400, 'bad-request');
  });

  it('accepts a redelivery and does nothing', async () => {
    await post(workflowJob(13), { id: 'same' });
    const again = await post(workflowJob(13, 'completed'), { id: 'same' });
    expect(again.status).toBe(202);
    expect(await again.json()).toMatchObject({ outcome: 'duplicate' });
    expect(await db.ledger.get(jobIdOf(13))).toMatchObject({ state: 'queued' });
  });

  it('answers a ping and keeps events that it does not know', async () => {
    expect((await post({ zen: 'x' }, { event: 'ping' })).status).toBe(200);
    const unknown = await post({ ref: 'x' }, { event: 'push' });
    expect(unknown.status).toBe(202);
    expect(await unknown.json()).toMatchObject({ outcome: 'noted' });
    expect(await stored()).toEqual([{ event: 'push', job: null }]);
  });

  it('refuses what is not signed rightly, stores nothing and counts it', async () => {
    const wrong = ['sha256=00', `sha256=${'0'.repeat(64)}`, 'x', ''];
    for (const signature of [...wrong, null]) {
      await expectProblem(await post(workflowJob(14), { signature }), 401, 'unauthorized');
    }
    await expectProblem(await post('', { signature: null }), 401, 'unauthorized');
    expect(await stored()).toEqual([]);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toContain(
      'runnerhub_webhook_deliveries_total{event="workflow_job",outcome="unauthorized"} 6',
    );
  });

  it('says what is wrong with a signed body that it cannot read', async () => {
    await expectProblem(await post('{"a":'), 400, 'bad-request');
    await expectProblem(
      await post('{}', { contentType: 'text/plain' }),
      415,
      'unsupported-media-type',
    );
    await expectProblem(await post('{}', { id: 'x'.repeat(300) }), 400, 'bad-request');
    const strange = await post({ action: 'queued', workflow_job: { id: 'many' } });
    expect(await strange.clone().text()).toContain('workflow_job.id');
    await expectProblem(strange, 400, 'bad-request');
    expect(await stored()).toEqual([]);
  });

  it('takes odd text as it is', async () => {
    expect((await post(workflowJob(15, 'queued', { name: 'a\0b \ud800 ü' }))).status).toBe(202);
    expect(await db.ledger.get(jobIdOf(15))).toMatchObject({ name: 'a\u{fffd}b \u{fffd} ü' });
  });

  it('refuses more than 25 MB', async () => {
    const body = `"${'x'.repeat(25 * 1024 * 1024)}"`;
    await expectProblem(await post(body), 413, 'payload-too-large');
    expect(
      (await post(JSON.stringify({ x: 'x'.repeat(20_000_000) }), { event: 'push' })).status,
    ).toBe(202);
  });

  it('asks GitHub to come again when the database is down, without a word of its inside', async () => {
    await db.close();
    const response = await post(workflowJob(16));
    await expectProblem(response, 503, 'database-down');
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(503);
    expect(log.entries.some(({ message }) => message === 'request failed')).toBe(true);
    expect((await get('/metrics')).status).toBe(200);
    db = await openTestDatabase(url);
  });
});

describe('health and metrics', () => {
  it('tells that it runs and is ready', async () => {
    expect(await json('/healthz')).toEqual({ status: 'ok' });
    expect(await json('/readyz')).toEqual({
      status: 'ready',
      checks: [{ name: 'database', ok: true }],
    });
  });

  it('shows numbers read from the stores', async () => {
    await post(workflowJob(1));
    await post({}, { event: 'made-up' });
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toContain('runnerhub_jobs{state="queued"} 1');
    expect(metrics).toContain('runnerhub_queue_entries{state="waiting"} 3');
    expect(metrics).toContain('runnerhub_outbox_entries{state="waiting"} 1');
    expect(metrics).toContain('{event="workflow_job",outcome="stored"} 1');
    expect(metrics).toContain('{event="other",outcome="noted"} 1');
  });
});

describe('GET /api/v1/jobs', () => {
  it('lists jobs by state', async () => {
    await post(workflowJob(1));
    await post(workflowJob(2, 'completed'));
    const { jobs } = (await json('/api/v1/jobs?state=completed,running')) as { jobs: unknown[] };
    expect(jobs).toMatchObject([{ id: 'job_2', state: 'completed', conclusion: 'success' }]);
    expect(await json('/api/v1/jobs?repository=octo/none')).toEqual({ jobs: [] });
    await expectProblem(await get('/api/v1/jobs?state=odd'), 400, 'bad-request');
    await expectProblem(await get('/api/v1/jobs?limit=0'), 400, 'bad-request');
    await expectProblem(await get('/api/v1/jobs?typo=1'), 400, 'bad-request');
  });

  it('shows a job with why it waits, its steps and its log', async () => {
    await post(workflowJob(1));
    const id = jobIdOf(1);
    const times = {
      startedAt: '2026-01-01T00:00:00.000Z',
      completedAt: '2026-01-01T00:00:01.500Z',
    };
    const step = {
      number: 1,
      name: 'Set up job',
      outcome: 'success',
      conclusion: 'success',
      ...times,
    };
    await db.ledger.saveStep(id, step);
    await db.ledger.saveStep(id, { ...step, number: 2, completedAt: null });
    await logs().append(id, 1, segmentOf('one'));
    await logs().append(id, 2, segmentOf('two'));
    expect(await json('/api/v1/jobs/job_1')).toMatchObject({
      id: 'job_1',
      waiting: { code: 'not-decided', sentence: 'The scheduler has not looked at this job yet.' },
      steps: [
        { ...step, durationMs: 1500 },
        { number: 2, durationMs: null },
      ],
      outputs: {},
    });
    expect(await (await get('/api/v1/jobs/job_1/logs')).text()).toBe(
      `${INSTANT} one\n${INSTANT} two\n`,
    );
    expect(await (await get('/api/v1/jobs/job_1/logs?step=2')).text()).toBe(`${INSTANT} two\n`);
    await expectProblem(await get('/api/v1/jobs/job_1/logs?step=9'), 404, 'not-found');
  });

  it('knows what it does not have', async () => {
    for (const route of ['/api/v1/jobs/job_9', '/api/v1/jobs/..%2f..%2fetc', '/nowhere']) {
      await expectProblem(await get(route), 404, 'not-found');
    }
    await expectProblem(await get('/api/v1/jobs/%'), 400, 'bad-request');
  });
});

describe('startHttpServer', () => {
  it('lets a request end that is under way, and closes idle connections', async () => {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let begun = () => {};
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = await startHttpServer(
      (_request, response) => {
        begun();
        void held.then(() => response.end('done'));
      },
      { host: '127.0.0.1', port: 0 },
    );
    const answer = new Promise<string>((resolve) => {
      request(slow.url, (response) => response.on('data', (data) => resolve(String(data)))).end();
    });
    await isBegun;
    const stopped = slow.stop();
    await expect(fetch(slow.url)).rejects.toThrow();
    letGo();
    expect(await answer).toBe('done');
    await stopped;
  });

  it('says that the port is taken', async () => {
    const port = Number(new URL(http.url).port);
    const second = startHttpServer(() => {}, { host: '127.0.0.1', port });
    await expect(second).rejects.toMatchObject({ code: 'conflict' });
  });
});
