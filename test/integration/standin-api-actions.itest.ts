import sodium from 'libsodium-wrappers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOB_OPERATIONS } from '../../src/standin/rest/actions/jobs.ts';
import { PENDING_DEPLOYMENT_OPERATIONS } from '../../src/standin/rest/actions/pending-deployments.ts';
import { RERUN_OPERATIONS } from '../../src/standin/rest/actions/reruns.ts';
import { RUN_OPERATIONS } from '../../src/standin/rest/actions/runs.ts';
import { SECRET_OPERATIONS } from '../../src/standin/rest/actions/secrets.ts';
import { VARIABLE_OPERATIONS } from '../../src/standin/rest/actions/variables.ts';
import { WORKFLOW_OPERATIONS } from '../../src/standin/rest/actions/workflows.ts';
import { DELIVERY_OPERATIONS } from '../../src/standin/rest/hooks/deliveries.ts';
import { HOOK_OPERATIONS } from '../../src/standin/rest/hooks/hooks.ts';
import { idOfLogin } from '../../src/standin/state/accounts.ts';
import { ApiCalls } from './standin/api-calls.ts';
import { eventually } from './standin/eventually.ts';
import type { Fixture } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';

const WORKFLOW = `on: [push, workflow_dispatch]
jobs:
  build: { runs-on: linux, steps: [{ run: a }] }
`;
const GATED = `on: workflow_dispatch
jobs:
  deploy: { runs-on: linux, environment: prod, steps: [{ run: a }] }
`;
const REPO = '/repos/octo/api';
const RUNS = `${REPO}/actions/runs`;

let calls: ApiCalls;
let github: Fixture;
let ask: ApiCalls['ask'];

beforeAll(async () => {
  calls = await ApiCalls.start();
  ({ github, ask } = calls);
  await github.repository('octo/api', { 'ci.yml': WORKFLOW, 'gated.yml': GATED });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

async function runJob(): Promise<{ readonly runId: number; readonly jobId: number }> {
  const run = await github.startRun('octo/api', { workflow: 'ci.yml' });
  const runner = await RawRunner.online(github, 'octo/api');
  const job = await runner.takeJob();
  await job.complete('failed');
  await github.runCompleted('octo/api', run.id);
  return { runId: run.id, jobId: run.jobs[0].id };
}

describe('every operation', () => {
  it('runs, jobs, checks and logs', async () => {
    const { runId, jobId } = await runJob();
    const run = `${RUNS}/${runId}`;
    const listed = await ask(200, 'GET', `${RUNS}?status=failure&branch=main&created=>2020-01-01`);
    expect(listed.body.total_count).toBe(1);
    await ask(200, 'GET', run);
    await ask(200, 'GET', `${run}/jobs?filter=all`);
    await ask(200, 'GET', `${run}/timing`);
    await ask(409, 'POST', `${run}/cancel`);
    await ask(200, 'GET', `${REPO}/actions/jobs/${jobId}`);
    await ask(404, 'GET', `${REPO}/actions/jobs/${jobId}/logs`);
    await ask(200, 'GET', `${REPO}/check-runs/${jobId}`);
    await ask(200, 'GET', `${REPO}/check-runs/${jobId}/annotations`);
    await ask(200, 'GET', `${REPO}/commits/main/check-runs`);
    await ask(200, 'GET', `${REPO}/check-suites/${runId}`);
    await ask(200, 'GET', `${REPO}/check-suites/${runId}/check-runs`);
    await ask(200, 'GET', `${REPO}/commits/main/check-suites`);
    await ask(403, 'POST', `${run}/approve`);
    await ask(201, 'POST', `${run}/rerun-failed-jobs`);
    await ask(202, 'POST', `${run}/cancel`);
    await github.runCompleted('octo/api', runId);
    await ask(201, 'POST', `${run}/rerun`, { enable_debug_logging: true });
    await ask(202, 'POST', `${run}/force-cancel`);
    await github.runCompleted('octo/api', runId);
    const { body } = await ask(200, 'GET', `${run}/attempts/3/jobs`);
    await ask(201, 'POST', `${REPO}/actions/jobs/${body.jobs[0].id}/rerun`);
    await ask(202, 'POST', `${run}/cancel`);
    await github.runCompleted('octo/api', runId);
    expect((await ask(200, 'GET', `${run}/attempts/1`)).body.conclusion).toBe('failure');
    await ask(404, 'GET', `${run}/attempts/9`);
    await ask(204, 'DELETE', `${run}/logs`);
    await ask(204, 'DELETE', run);
    await ask(404, 'GET', run);
  });

  it('workflows', async () => {
    const workflows = `${REPO}/actions/workflows`;
    const { body } = await ask(200, 'GET', workflows);
    expect(body.workflows.map((each: { path: string }) => each.path)).toContain(
      '.github/workflows/ci.yml',
    );
    const one = `${workflows}/ci.yml`;
    await ask(200, 'GET', one);
    await ask(200, 'GET', `${one}/timing`);
    await ask(204, 'PUT', `${one}/disable`);
    await ask(403, 'POST', `${one}/dispatches`, { ref: 'main' });
    await ask(204, 'PUT', `${one}/enable`);
    await ask(422, 'POST', `${one}/dispatches`, {});
    const wanted = { ref: 'main', return_run_details: true };
    const started = await ask(200, 'POST', `${one}/dispatches`, wanted);
    expect((await ask(200, 'GET', `${one}/runs`)).body.total_count).toBe(1);
    await ask(202, 'POST', `${RUNS}/${started.body.workflow_run_id}/cancel`);
  });

  it('environments and what waits for them', async () => {
    const all = `${REPO}/environments`;
    const reviewers = [{ type: 'User', id: idOfLogin('octocat') }];
    const { body } = await ask(200, 'PUT', `${all}/prod`, { reviewers, wait_timer: 0 });
    await ask(422, 'PUT', `${all}/prod`, { wait_timer: -1 });
    await ask(200, 'GET', all);
    await ask(200, 'GET', `${all}/prod`);
    const run = await github.startRun('octo/api', {
      event: 'workflow_dispatch',
      workflow: 'gated.yml',
    });
    const pending = `${RUNS}/${run.id}/pending_deployments`;
    const waiting = await ask(200, 'GET', pending);
    expect(waiting.body[0].environment.id).toBe(body.id);
    const answer = { environment_ids: [body.id], state: 'approved', comment: 'go' };
    const deployments = await ask(200, 'POST', pending, answer);
    expect(deployments.body[0].environment).toBe('prod');
    expect((await ask(200, 'GET', `${RUNS}/${run.id}/approvals`)).body[0].comment).toBe('go');
    await ask(422, 'POST', pending, answer);
    await ask(202, 'POST', `${RUNS}/${run.id}/cancel`);
    await github.runCompleted('octo/api', run.id);
  });

  it.each([`${REPO}/actions/secrets`, `${REPO}/environments/prod/secrets`])(
    'secrets at %s',
    async (at) => {
      await sodium.ready;
      const { body } = await ask(200, 'GET', `${at}/public-key`);
      const box = sodium.crypto_box_seal('hush', Buffer.from(body.key, 'base64'));
      const sealed = { encrypted_value: Buffer.from(box).toString('base64'), key_id: body.key_id };
      await ask(201, 'PUT', `${at}/token`, sealed);
      await ask(204, 'PUT', `${at}/TOKEN`, sealed);
      await ask(422, 'PUT', `${at}/TOKEN`, { ...sealed, key_id: '1' });
      await ask(422, 'PUT', `${at}/1BAD`, sealed);
      expect((await ask(200, 'GET', at)).body.secrets[0].name).toBe('TOKEN');
      await ask(200, 'GET', `${at}/TOKEN`);
      await ask(204, 'DELETE', `${at}/TOKEN`);
      await ask(404, 'GET', `${at}/TOKEN`);
    },
  );

  it.each([REPO, '/orgs/octo'])('variables of %s', async (base) => {
    const at = `${base}/actions/variables`;
    const body = { name: 'level', value: 'high', visibility: 'all' };
    await ask(201, 'POST', at, body);
    await ask(409, 'POST', at, body);
    await ask(422, 'POST', at, { name: '1', value: '' });
    await ask(200, 'GET', at);
    await ask(200, 'GET', `${at}/LEVEL`);
    await ask(204, 'PATCH', `${at}/LEVEL`, { value: 'low' });
    await ask(204, 'DELETE', `${at}/LEVEL`);
    await ask(404, 'DELETE', `${at}/LEVEL`);
  });

  it.each([REPO, '/orgs/octo'])('webhooks of %s', async (base) => {
    const at = `${base}/hooks`;
    const config = { url: `${github.url}/nowhere`, secret: 's' };
    const hook = await ask(201, 'POST', at, { name: 'web', config, events: ['push'] });
    const one = `${at}/${hook.body.id}`;
    await ask(422, 'POST', at, { name: 'web', config, events: ['push'] });
    await ask(200, 'GET', at);
    await ask(200, 'GET', one);
    await ask(200, 'PATCH', one, { active: true, add_events: ['check_run'] });
    await ask(200, 'GET', `${one}/config`);
    await ask(200, 'PATCH', `${one}/config`, { content_type: 'json' });
    await ask(204, 'POST', `${one}/pings`);
    const delivered = await eventually('two deliveries', async () => {
      const { body } = await ask(200, 'GET', `${one}/deliveries?status=failure`);
      return body.length >= 2 ? body : undefined;
    });
    await ask(200, 'GET', `${one}/deliveries/${delivered[0].id}`);
    await ask(202, 'POST', `${one}/deliveries/${delivered[0].id}/attempts`);
    const page = await ask(200, 'GET', `${one}/deliveries?per_page=1`);
    expect(page.headers.get('link')).toMatch(/cursor=\d+.*rel="next"/);
    await ask(400, 'GET', `${one}/deliveries?cursor=1`);
    await ask(204, 'DELETE', one);
  });
});

/** These need a log, or the pull request of a fork, and are asked for in the tests of those. */
const ELSEWHERE = ['actions/approve-workflow-run', 'actions/download-job-logs-for-workflow-run'];

it('leaves out no operation of runs, settings and hooks', () => {
  const runs = [...RUN_OPERATIONS, ...RERUN_OPERATIONS, ...JOB_OPERATIONS];
  const settings = [...SECRET_OPERATIONS, ...VARIABLE_OPERATIONS, ...PENDING_DEPLOYMENT_OPERATIONS];
  const hooks = [...HOOK_OPERATIONS, ...DELIVERY_OPERATIONS, ...WORKFLOW_OPERATIONS];
  const missing = calls.missing([...runs, ...settings, ...hooks]);
  expect(missing.filter((id) => !ELSEWHERE.includes(id))).toEqual([]);
});
