import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture } from './standin/fixture.ts';
import { RawConnection } from './standin/raw-http.ts';
import { type RawJob, RawRunner } from './standin/raw-runner.ts';

const WORKFLOW = `on: push
jobs:
  build:
    runs-on: linux
    outputs: { v: '\${{ steps.s.outputs.v }}' }
    steps: [{ id: s, run: echo }]
  next:
    needs: build
    runs-on: linux
    steps: [{ run: echo }]
`;

let github: Fixture;
let connection: RawConnection;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/run', { 'ci.yml': WORKFLOW });
  connection = await RawConnection.open(github.url);
});
afterAll(async () => {
  connection.close();
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

async function started() {
  const runner = await RawRunner.online(github, 'octo/run', ['linux']);
  const run = await github.startRun('octo/run');
  const job = await runner.takeJob();
  const { id } = (await github.jobs('octo/run', run.id))['build'];
  return { runner, run, job, id };
}

/** One call as the official runner makes it: no api-version, a body whose members are written so. */
async function call(token: string, url: string, body: object) {
  const answer = await connection.send(
    'POST',
    new URL(url).pathname,
    [
      'Accept: application/json',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json; charset=utf-8',
    ],
    JSON.stringify(body),
  );
  return { ...answer, body: answer.text === '' ? null : JSON.parse(answer.text) };
}

const idsOf = (job: RawJob) => ({ planId: job.message.plan.planId, jobId: job.message.jobId });

/** Ends a run whose job is done with. */
async function finish(run: { id: number }): Promise<void> {
  await github.post(`/repos/octo/run/actions/runs/${run.id}/cancel`);
  await github.runCompleted('octo/run', run.id);
}

describe('C.1 acquirejob', () => {
  it('refuses in the words that the runner reads: 404, 409 and 401 in the body', async () => {
    const runner = await RawRunner.online(github, 'octo/run', ['linux']);
    const other = await RawRunner.online(github, 'octo/run', ['nobody']);
    const run = await github.startRun('octo/run');
    const message = JSON.parse((await runner.poll()).body.body);
    const url = new URL('acquirejob', message.run_service_url).href;
    const wanted = {
      jobMessageId: message.runner_request_id,
      runnerOS: 'Linux',
      billingOwnerId: 'O',
    };
    const refusal = (statusCode: number) => ({
      status: statusCode,
      body: { source: 'actions-run-service', statusCode, errorMessage: expect.any(String) },
    });
    expect(await call(runner.token, url, { ...wanted, jobMessageId: randomUUID() })).toMatchObject(
      refusal(404),
    );
    expect(await call(other.token, url, wanted)).toMatchObject(refusal(404));
    expect(await call('a.b.c', url, wanted)).toMatchObject(refusal(401));
    expect(await call(runner.token, url, {})).toMatchObject(refusal(400));
    const pascal = { JobMessageId: message.runner_request_id.toUpperCase(), RunnerOS: 'Windows' };
    const acquired = await call(runner.token, url, pascal);
    expect(acquired).toMatchObject({ status: 200, body: { messageType: 'RunnerJobRequest' } });
    expect(await call(runner.token, url, wanted)).toMatchObject(refusal(409));
    const { endpoints } = acquired.body.resources;
    expect(endpoints[0].url).toBe(message.run_service_url);
    await github.post(`/repos/octo/run/actions/runs/${run.id}/cancel`);
    github.clock.advance(300_000);
    await github.runCompleted('octo/run', run.id);
  });
});

describe('C.2 renewjob', () => {
  it('keeps the job for ten minutes from now, as long as it is asked to', async () => {
    const { job, run } = await started();
    for (let i = 0; i < 3; i++) {
      github.clock.advance(540_000);
      const { status, body } = await job.renew();
      expect(status).toBe(200);
      expect(body.lockedUntil).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      const left = Date.parse(body.lockedUntil) - github.clock.now();
      expect(left).toBeGreaterThan(590_000);
      expect(left).toBeLessThanOrEqual(600_000);
    }
    expect((await job.complete()).status).toBe(204);
    await finish(run);
  });

  it('loses a job that nobody renews: it fails, and late calls find nothing', async () => {
    const { job, run, id, runner } = await started();
    github.clock.advance(601_000);
    for (const answer of [await job.renew(), await job.complete()]) {
      expect(answer).toMatchObject({
        status: 404,
        body: {
          source: 'actions-run-service',
          statusCode: 404,
          errorMessage: 'workflow instance not found',
        },
      });
    }
    const { build } = await github.jobs('octo/run', run.id);
    expect(build).toMatchObject({ status: 'completed', conclusion: 'failure' });
    const { body } = await github.get(`/repos/octo/run/check-runs/${id}/annotations`);
    expect(body[0].message).toMatch(/lost communication with the server/);
    expect((await runner.poll()).body.errorKind).toBe('RunnerNotFound');
    await finish(run);
  });
});

describe('C.3 completejob', () => {
  const at = '2026-06-30T15:40:39.62591Z';
  const step = {
    external_id: '33333333-3333-4333-8333-333333333332',
    number: 2,
    name: 'Run echo',
    action_name: 'sh',
    type: 'run',
    status: 'completed',
    conclusion: 'succeededWithIssues',
    started_at: at,
    completed_at: '2026-06-30T15:40:59.685412Z',
    completed_log_lines: 42,
  };
  const annotation = {
    level: 'warning',
    message: 'careful',
    title: 'Care',
    path: 'a.ts',
    startLine: 3,
    endLine: 4,
    startColumn: 1,
    endColumn: 2,
    stepNumber: 2,
    isInfrastructureIssue: false,
  };

  it('takes every member, hands outputs on and keeps what it was told', async () => {
    const { job, run, id } = await started();
    const body = {
      ...idsOf(job),
      conclusion: 'succeeded',
      outputs: { v: { value: 'abc', isSecret: false } },
      stepResults: [{ ...step, annotations: [annotation] }],
      annotations: [{ level: 'notice', message: 'of the job' }],
      telemetry: [{ message: 'it went well', type: 'General' }],
      environmentUrl: 'https://example.com',
      billingOwnerId: 'O_octo',
      infrastructureFailureCategory: 'none',
    };
    const url = new URL('completejob', job.endpoint.url).href;
    expect(await call(job.token, url, body)).toMatchObject({ status: 204, text: '' });
    const { build } = await github.jobs('octo/run', run.id);
    expect(build).toMatchObject({ conclusion: 'success' });
    expect(build.steps).toMatchObject([
      { name: 'Run echo', number: 2, conclusion: 'success', started_at: at },
    ]);
    const annotations = (await github.get(`/repos/octo/run/check-runs/${id}/annotations`)).body;
    expect(annotations).toMatchObject([
      { annotation_level: 'notice', message: 'of the job' },
      { annotation_level: 'warning', message: 'careful', path: 'a.ts', start_line: 3, end_line: 4 },
    ]);
    const report = (await github.get(`/_standin/jobs/${id}/report`)).body;
    expect(report).toMatchObject({
      telemetry: body.telemetry,
      billingOwnerId: 'O_octo',
      infrastructureFailureCategory: 'none',
      stepResults: [{ action_name: 'sh', type: 'run', completed_log_lines: 42 }],
    });
    const next = await (await RawRunner.online(github, 'octo/run', ['linux'])).takeJob();
    const needs = JSON.stringify(next.message.contextData.needs);
    expect(needs).toContain('abc');
    await next.complete();
    await github.runCompleted('octo/run', run.id);
  });

  it.each([
    ['succeeded', 'success'],
    ['succeededWithIssues', 'success'],
    ['failed', 'failure'],
    ['Failed', 'failure'],
    ['canceled', 'cancelled'],
    ['skipped', 'skipped'],
    ['abandoned', 'failure'],
  ])('takes the conclusion %s as %s', async (conclusion, wanted) => {
    const { job, run } = await started();
    expect((await job.complete(conclusion)).status).toBe(204);
    expect((await github.jobs('octo/run', run.id))['build'].conclusion).toBe(wanted);
    await finish(run);
  });

  it('takes members that are left out or null, and names in another case', async () => {
    const { job, run } = await started();
    const { planId, jobId } = idsOf(job);
    const url = new URL('completejob', job.endpoint.url).href;
    const body = {
      PlanID: planId.toUpperCase(),
      JobID: jobId.toUpperCase(),
      Conclusion: 'Succeeded',
      outputs: null,
      StepResults: null,
      annotations: null,
      telemetry: null,
    };
    expect((await call(job.token, url, body)).status).toBe(204);
    await finish(run);
  });

  it.each([
    ['no conclusion', { conclusion: undefined }],
    ['an unknown conclusion', { conclusion: 'fine' }],
    ['an empty timestamp', { stepResults: [{ ...step, started_at: '' }] }],
    ['a step without an id', { stepResults: [{ ...step, external_id: undefined }] }],
    ['outputs that are none', { outputs: 'x' }],
  ])('refuses %s with 400, and the job goes on', async (_what, more) => {
    const { job, run } = await started();
    const answer = await job.complete('succeeded', more);
    expect(answer).toMatchObject({
      status: 400,
      body: { source: 'actions-run-service', statusCode: 400 },
    });
    expect((await job.renew()).status).toBe(200);
    await job.complete();
    await finish(run);
  });

  it('is for the holder of the job’s token, about that job, once', async () => {
    const { job, run, runner } = await started();
    const url = new URL('completejob', job.endpoint.url).href;
    const body = { ...idsOf(job), conclusion: 'succeeded' };
    expect((await call(runner.token, url, body)).status).toBe(401);
    expect((await call(job.token, url, { ...body, jobId: randomUUID() })).status).toBe(404);
    expect((await call(job.token, url, { ...body, planId: randomUUID() })).status).toBe(404);
    expect((await call(job.token, url, body)).status).toBe(204);
    expect((await call(job.token, url, body)).body).toMatchObject({ statusCode: 404 });
    await finish(run);
  });
});

describe('C.4 the job’s access token', () => {
  it('is a JWT with scp, orch_id and ac, and REST’s token ends with the job', async () => {
    const { job, run } = await started();
    const [header, payload] = job.token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(header).toMatchObject({ typ: 'JWT', alg: 'HS256' });
    const { planId, jobId } = idsOf(job);
    expect(payload.scp.split(' ')).toContain(`Actions.Results:${planId}:${jobId}`);
    expect(payload.orch_id).toBe(`${planId}.build.__default`);
    expect(JSON.parse(payload.ac)).toEqual([{ Scope: 'refs/heads/main', Permission: 3 }]);
    const token = job.message.variables.github_token.value;
    expect((await github.request('GET', '/repos/octo/run', undefined, token)).status).toBe(200);
    await job.complete();
    expect((await github.request('GET', '/repos/octo/run', undefined, token)).status).toBe(401);
    await finish(run);
  });
});
