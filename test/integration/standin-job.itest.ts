import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { ONE_JOB } from './standin/one-job.ts';
import { RawJob, RawRunner } from './standin/raw-runner.ts';

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/one', { 'ci.yml': ONE_JOB });
  await github.request('PUT', '/_standin/repositories/octo/one/secrets/KEY', { value: 's3cret' });
  await github.request('PUT', '/_standin/repositories/octo/one/secrets/OTHER', { value: 'no' });
  await github.post('/repos/octo/one/actions/variables', { name: 'where', value: 'here' });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

describe('a job, from message to completion', () => {
  let runner: RawRunner;
  let job: RawJob;
  let runId: number;

  it('is offered with its request and acquired once', async () => {
    runner = await RawRunner.online(github, 'octo', ['linux', 'extra']);
    const polling = runner.poll();
    runId = (await github.startRun('octo/one')).id;
    const { status, body } = await polling;
    expect(status).toBe(200);
    expect(body.messageType).toBe('RunnerJobRequest');
    const request = JSON.parse(body.body);
    expect(request).toMatchObject({
      should_acknowledge: true,
      run_service_url: expect.stringMatching(/\/run\/\d+\/$/),
      billing_owner_id: 'O_octo',
    });
    const unknown = await runner.acquire({ ...request, runner_request_id: 'nonsense' });
    expect(unknown.body).toMatchObject({ source: 'actions-run-service', statusCode: 404 });
    const answer = await runner.acquire(request);
    expect(answer.status).toBe(200);
    job = new RawJob(github, answer.body);
    expect((await runner.acquire(request)).body).toMatchObject({ statusCode: 409 });
  });

  it('carries everything that the official runner insists on', () => {
    const { message } = job;
    expect(message.messageType).toBe('RunnerJobRequest');
    expect(message.timeline.id).toBe(message.plan.planId);
    expect(message.resources.endpoints).toHaveLength(1);
    expect(job.endpoint.name).toBe('SystemVssConnection');
    const claims = JSON.parse(Buffer.from(job.token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims.scp).toContain(`Actions.Results:${message.plan.planId}:${message.jobId}`);
    expect(claims.orch_id).toBe(`${message.plan.planId}.build.__default`);
    const github_ = Object.fromEntries(
      message.contextData.github.d.map(({ k, v }: { k: string; v: unknown }) => [k, v]),
    );
    expect(github_).toMatchObject({
      repository: 'octo/one',
      ref: 'refs/heads/main',
      event_name: 'push',
      server_url: github.url,
      api_url: `${github.url}/api/v3`,
      run_id: String(runId),
    });
    expect(message.contextData.matrix).toBeNull();
    expect(message.contextData.vars.d).toEqual([{ k: 'WHERE', v: 'here' }]);
    expect(message.mask[0]).toEqual({
      type: 'regex',
      value: message.variables.github_token.value,
    });
    expect(message.variables.KEY).toEqual({ value: 's3cret', isSecret: true });
    expect(message.variables.OTHER).toBeUndefined();
    expect(message.steps.map((step: { name: string }) => step.name)).toEqual([
      '__run',
      's',
      '__actions_checkout',
      '__run_2',
    ]);
    expect(message.steps.every((step: { condition: string }) => step.condition !== '')).toBe(true);
    expect(message.fileTable).toEqual(['.github/workflows/ci.yml']);
  });

  it('is in progress, on a busy runner that cannot be deleted', async () => {
    const jobs = await github.jobs('octo/one', runId);
    expect(jobs['build']).toMatchObject({ status: 'in_progress', runner_id: runner.id });
    const path = `/orgs/octo/actions/runners/${runner.id}`;
    expect((await github.get(path)).body).toMatchObject({ status: 'online', busy: true });
    expect((await github.request('DELETE', path)).status).toBe(422);
  });

  it('is renewed for ten minutes, by its own token only', async () => {
    const before = github.clock.now();
    const { body } = await job.renew();
    expect(Date.parse(body.lockedUntil) - before).toBeGreaterThanOrEqual(600_000);
    const path = `${github.url}/run/1/renewjob`;
    const ids = { planId: job.message.plan.planId, jobId: job.message.jobId };
    expect((await github.request('POST', path, ids, runner.token)).status).toBe(401);
  });

  it('lets its GITHUB_TOKEN use the API', async () => {
    const token = job.message.variables.github_token.value;
    expect((await github.request('GET', '/repos/octo/one', undefined, token)).status).toBe(200);
  });

  it('takes step states, and drops those that come late', async () => {
    const step = { external_id: job.message.steps[0].id, number: 2, name: 'Run echo' };
    const at = new Date().toISOString();
    const running = { ...step, status: 3, conclusion: 0, started_at: at, completed_at: null };
    const done = { ...step, status: 6, conclusion: 2, started_at: at, completed_at: at };
    expect((await job.updateSteps([running])).body).toEqual({ ok: true });
    await job.updateSteps([done], 7);
    await job.updateSteps([running], 6);
    const jobs = await github.jobs('octo/one', runId);
    expect(jobs['build'].steps).toEqual([
      {
        name: 'Run echo',
        number: 2,
        status: 'completed',
        conclusion: 'success',
        started_at: at,
        completed_at: at,
      },
    ]);
    const stranger = await job.twirp(
      'github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate',
      { workflow_run_backend_id: 'x', change_order: 1, steps: [] },
    );
    expect(stranger.body).toEqual({ code: 'not_found', msg: 'workflow run not found' });
  });

  it('takes logs in one piece and block by block', async () => {
    const put = async (url: string, body: string, type?: string) => {
      const headers = type === undefined ? {} : { 'x-ms-blob-type': type };
      return (await fetch(url, { method: 'PUT', body, headers })).status;
    };
    const step = { step_backend_id: job.message.steps[0].id };
    const one = (await job.receiver('GetStepLogsSignedBlobURL', step)).body;
    expect(one.blob_storage_type).toBe('BLOB_STORAGE_TYPE_AZURE');
    expect(one.logs_url).toContain('?');
    expect(await put(one.logs_url, 'all at once\n', 'BlockBlob')).toBe(201);
    const metadata = { ...step, uploaded_at: new Date().toISOString(), line_count: 1 };
    expect((await job.receiver('CreateStepLogsMetadata', metadata)).body).toEqual({ ok: true });

    const { logs_url: url } = (await job.receiver('GetJobLogsSignedBlobURL')).body;
    expect(await put(`${url}&comp=appendblock`, 'too early')).toBe(404);
    expect(await put(url, '', 'AppendBlob')).toBe(201);
    expect(await put(`${url}&comp=appendblock`, 'first\n')).toBe(201);
    const { logs_url: again } = (await job.receiver('GetJobLogsSignedBlobURL')).body;
    expect(await put(`${again}&comp=appendblock&seal=true`, 'second\n')).toBe(201);
    expect(await put(`${again}&comp=appendblock`, 'sealed\n')).toBe(409);
    expect(await put(url.replace(/sig=.{4}/, 'sig=AAAA'), 'forged')).toBe(403);
    const jobs = await github.jobs('octo/one', runId);
    const log = await github.get(`/repos/octo/one/actions/jobs/${jobs['build'].id}/logs`);
    expect(log.body).toBe('first\nsecond\n');
  });

  it('takes the live console over a WebSocket', async () => {
    const socket = new WebSocket(job.endpoint.data.FeedStreamUrl, {
      headers: { Authorization: `Bearer ${job.token}` },
    });
    await new Promise((resolve) => socket.once('open', resolve));
    const stepId = job.message.steps[0].id;
    socket.send('nonsense');
    socket.send(JSON.stringify({ count: 2, value: ['l1', 'l2'], stepId, startLine: 42 }));
    const jobs = await github.jobs('octo/one', runId);
    const seen = await eventually('console lines', async () => {
      const { body } = await github.get(`/_standin/jobs/${jobs['build'].id}/console`);
      return body.length > 0 ? body : undefined;
    });
    expect(seen).toEqual([{ stepId, startLine: 42, lines: ['l1', 'l2'] }]);
    socket.close();
    const stranger = new WebSocket(job.endpoint.data.FeedStreamUrl);
    const refusal = await new Promise((resolve) => stranger.once('error', resolve));
    expect(String(refusal)).toContain('401');
  });

  it('is completed once; its runner is gone and its token ends', async () => {
    const bad = await job.complete('succeeded', {
      stepResults: [
        { external_id: 'x', number: 1, name: 'x', status: 'completed', started_at: '' },
      ],
    });
    expect(bad.status).toBe(400);
    const at = new Date().toISOString();
    const result = {
      external_id: job.message.steps[0].id,
      number: 2,
      name: 'Run echo',
      status: 'completed',
      conclusion: 'failed',
      started_at: at,
      completed_at: at,
      annotations: [{ level: 'failure', message: 'broke', path: 'a.ts', startLine: 3 }],
    };
    expect((await job.complete('failed', { stepResults: [result] })).status).toBe(204);
    const twice = await job.complete('failed');
    expect(twice.body).toMatchObject({ source: 'actions-run-service', statusCode: 404 });
    expect((await job.renew()).status).toBe(404);
    const run = await github.runCompleted('octo/one', runId);
    expect(run.conclusion).toBe('failure');
    const { build } = await github.jobs('octo/one', runId);
    expect(build).toMatchObject({ status: 'completed', conclusion: 'failure', labels: ['linux'] });
    expect(build.steps[0].conclusion).toBe('failure');
    const { body } = await github.get(`/repos/octo/one/check-runs/${build.id}/annotations`);
    expect(body).toMatchObject([{ message: 'broke', path: 'a.ts', start_line: 3 }]);
    expect((await github.get(`/orgs/octo/actions/runners/${runner.id}`)).status).toBe(404);
    expect((await runner.poll('Busy')).body.errorKind).toBe('RunnerNotFound');
    const token = job.message.variables.github_token.value;
    expect((await github.request('GET', '/user', undefined, token)).status).toBe(401);
  });
});
