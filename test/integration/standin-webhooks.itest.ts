import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowJobEvent } from '../../src/contract/webhook.ts';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';

interface Received {
  readonly event: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads payloads of many shapes.
  readonly body: any;
}

const SECRET = 'hook-secret';
const WORKFLOW = `on: push
name: Hooked
jobs:
  a: { runs-on: [linux, X64], steps: [{ run: a }] }
  b: { needs: a, if: failure(), runs-on: linux, steps: [{ run: a }] }
`;

let github: Fixture;
let server: Server;
let answer = 202;
const received: Received[] = [];
let hookUrl: string;

beforeAll(async () => {
  github = await Fixture.start();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      received.push({
        event: String(request.headers['x-github-event']),
        headers: request.headers,
        raw,
        body: raw.startsWith('{') ? JSON.parse(raw) : raw,
      });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  await github.repository('octo/hooked', { 'a.yml': WORKFLOW });
});
afterAll(async () => {
  await github.stop();
  server.closeAllConnections();
  server.close();
  expect(github.errors).toEqual([]);
});

const arrived = (what: string, wanted: (each: Received) => boolean) =>
  eventually(what, () => received.find(wanted));

it('greets a new hook with a ping and never shows its secret', async () => {
  const { status, body } = await github.post('/orgs/octo/hooks', {
    config: { url: hookUrl, secret: SECRET, content_type: 'json' },
    events: ['workflow_job', 'workflow_run', 'push', 'check_run', 'check_suite'],
  });
  expect(status).toBe(201);
  expect(body.config.secret).toBe('********');
  const ping = await arrived('ping', (each) => each.event === 'ping');
  expect(ping.body.hook_id).toBe(body.id);
  expect(ping.headers['x-github-hook-id']).toBe(String(body.id));
});

it('tells the life of a run, signed over the raw body', async () => {
  const run = await github.startRun('octo/hooked');
  const runner = await RawRunner.online(github, 'octo/hooked', ['linux', 'x64']);
  const job = await runner.takeJob();
  await job.complete();
  await arrived(
    'run completed',
    (each) => each.event === 'workflow_run' && each.body.action === 'completed',
  );
  const jobs = await eventually('four job events', () => {
    const events = received.filter((each) => each.event === 'workflow_job');
    return events.length === 4 ? events : undefined;
  });
  const told = jobs.map(({ body }) => `${body.workflow_job.name} ${body.action}`);
  expect(told.sort()).toEqual(['a completed', 'a in_progress', 'a queued', 'b completed']);
  for (const { body, raw, headers } of jobs) {
    expect(workflowJobEvent.safeParse(body).error).toBeUndefined();
    const wanted = createHmac('sha256', SECRET).update(raw).digest('hex');
    expect(headers['x-hub-signature-256']).toBe(`sha256=${wanted}`);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['user-agent']).toMatch(/^GitHub-Hookshot\//);
    expect(headers['x-github-delivery']).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.organization.login).toBe('octo');
    expect(body.repository.full_name).toBe('octo/hooked');
  }
  const of = (action: string, name: string) =>
    jobs.find(({ body }) => body.action === action && body.workflow_job.name === name)?.body
      .workflow_job;
  expect(of('queued', 'a')).toMatchObject({
    run_id: run.id,
    run_attempt: 1,
    workflow_name: 'Hooked',
    head_branch: 'main',
    labels: ['linux', 'X64'],
    status: 'queued',
    conclusion: null,
    runner_id: null,
  });
  expect(of('in_progress', 'a')).toMatchObject({ status: 'in_progress', runner_id: runner.id });
  expect(of('completed', 'a')).toMatchObject({ conclusion: 'success', runner_id: runner.id });
  expect(of('completed', 'b')).toMatchObject({
    conclusion: 'skipped',
    labels: [],
    runner_id: null,
  });
});

it('notes failed deliveries, does not repeat them, and redelivers on request with the same guid', async () => {
  answer = 503;
  const run = await github.startRun('octo/hooked', { jobs: ['a'] });
  await github.post(`/repos/octo/hooked/actions/runs/${run.id}/cancel`);
  const hooks = (await github.get('/orgs/octo/hooks')).body;
  const path = `/orgs/octo/hooks/${hooks[0].id}/deliveries`;
  const failed = await eventually('failed delivery', async () => {
    const { body } = await github.get(path);
    return body.find((each: { status_code: number }) => each.status_code === 503);
  });
  answer = 202;
  expect((await github.post(`${path}/${failed.id}/attempts`)).status).toBe(202);
  const both = await eventually('redelivery', () => {
    const same = received.filter((each) => each.headers['x-github-delivery'] === failed.guid);
    return same.length === 2 ? same : undefined;
  });
  expect(both[0]?.raw).toBe(both[1]?.raw);
  const again = await eventually('redelivery noted', async () => {
    const { body } = await github.get(path);
    return body.find((each: { redelivery: boolean }) => each.redelivery);
  });
  expect(again).toMatchObject({ guid: failed.guid, status_code: 202 });
  const one = (await github.get(`${path}/${again.id}`)).body;
  expect(one.request.payload).toEqual(both[0]?.body);
});

it('sends forms to hooks that want them, and notes hosts that do not answer', async () => {
  await github.post('/repos/octo/hooked/hooks', { config: { url: hookUrl }, events: ['nothing'] });
  const form = await arrived('form', (each) => each.raw.startsWith('payload='));
  expect(form.headers['x-hub-signature-256']).toBeUndefined();
  const { body } = await github.post('/repos/octo/hooked/hooks', {
    config: { url: 'http://127.0.0.1:1/', content_type: 'json' },
  });
  await eventually('no answer noted', async () => {
    const list = await github.get(`/repos/octo/hooked/hooks/${body.id}/deliveries`);
    return list.body[0]?.status_code === 0 ? true : undefined;
  });
});

it('tells what holds a job back, what it deploys, and the checks that it is', async () => {
  const workflow = `on: push
jobs: { deploy: { runs-on: deploy, environment: site, steps: [{ run: a }] } }
`;
  await github.repository('octo/deployed', { 'a.yml': workflow });
  await github.request('PUT', '/_standin/repositories/octo/deployed/environments/site', {
    waitTimer: 5,
  });
  await github.post('/repos/octo/deployed/hooks', {
    config: { url: hookUrl, secret: SECRET, content_type: 'json' },
    events: ['*'],
  });
  const run = await github.startRun('octo/deployed');
  const here = (event: string, more: (body: Received['body']) => boolean = () => true) =>
    arrived(event, (each) => {
      const isHere = each.body.repository?.full_name === 'octo/deployed';
      return isHere && each.event === event && more(each.body);
    });
  const waiting = await here('workflow_job', (body) => body.action === 'waiting');
  expect(waiting.body).toMatchObject({
    workflow_job: { status: 'waiting', name: 'deploy' },
    deployment: { environment: 'site' },
  });
  await here('deployment');
  await here('deployment_status', (body) => body.deployment_status.state === 'waiting');
  const check = await here('check_run', (body) => body.action === 'created');
  expect(check.body.check_run).toMatchObject({
    id: waiting.body.workflow_job.id,
    check_suite: { id: run.id },
  });
  await eventually('the job is queued', async () => {
    github.clock.advance(6 * 60_000);
    const { deploy } = await github.jobs('octo/deployed', run.id);
    return deploy.status === 'queued' ? true : undefined;
  });
  await (await (await RawRunner.online(github, 'octo/deployed', ['deploy'])).takeJob()).complete();
  await here('deployment_status', (body) => body.deployment_status.state === 'success');
  await here('check_run', (body) => body.action === 'completed');
  await here('check_suite', (body) => body.check_suite.conclusion === 'success');
});
