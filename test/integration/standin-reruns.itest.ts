import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';

const CI = `on: push
jobs:
  build: { runs-on: linux, steps: [{ run: a }] }
  test: { needs: build, runs-on: linux, steps: [{ run: a }] }
`;
const DEPLOY = `on: push
jobs: { deploy: { runs-on: deploy, environment: production, steps: [{ run: a }] } }
`;

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/again', { 'ci.yml': CI, 'deploy.yml': DEPLOY });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const RUNS = '/repos/octo/again/actions/runs';
const take = async (label: string) =>
  (await RawRunner.online(github, 'octo/again', [label])).takeJob();

async function failedRun() {
  const run = await github.startRun('octo/again', { workflow: 'ci.yml' });
  await (await take('linux')).complete();
  await (await take('linux')).complete('failed');
  expect((await github.runCompleted('octo/again', run.id)).conclusion).toBe('failure');
  return run.id;
}

describe('a run again', () => {
  it('repeats what has failed, and keeps the attempt before readable', async () => {
    const id = await failedRun();
    const before = await github.jobs('octo/again', id);
    const again = await github.post(`${RUNS}/${id}/rerun-failed-jobs`, {
      enable_debug_logging: true,
    });
    expect(again.status).toBe(201);
    expect((await github.get(`${RUNS}/${id}`)).body).toMatchObject({
      run_attempt: 2,
      status: 'queued',
      previous_attempt_url: expect.stringContaining(`/runs/${id}/attempts/1`),
    });
    const after = await github.jobs('octo/again', id);
    expect(after['build'].id).toBe(before['build'].id);
    expect(after['test'].id).not.toBe(before['test'].id);
    const job = await take('linux');
    expect(job.message.variables.ACTIONS_STEP_DEBUG.value).toBe('true');
    expect(JSON.stringify(job.message.contextData.github)).toContain('"run_attempt","v":"2"');
    await job.complete();
    expect((await github.runCompleted('octo/again', id)).conclusion).toBe('success');
    const first = await github.get(`${RUNS}/${id}/attempts/1`);
    expect(first.body).toMatchObject({ run_attempt: 1, conclusion: 'failure' });
    const { body } = await github.get(`${RUNS}/${id}/attempts/1/jobs`);
    expect(body.jobs.map((each: { conclusion: string }) => each.conclusion)).toEqual([
      'success',
      'failure',
    ]);
    expect((await github.get(`${RUNS}/${id}/jobs?filter=all`)).body.total_count).toBe(3);
    expect((await github.get(`${RUNS}/${id}/attempts/3`)).status).toBe(404);
  });
  it('repeats one job with those behind it, and everything', async () => {
    const id = await failedRun();
    const { build } = await github.jobs('octo/again', id);
    const one = await github.post(`/repos/octo/again/actions/jobs/${build.id}/rerun`);
    expect(one.status).toBe(201);
    expect(Object.keys(await github.jobs('octo/again', id))).toEqual(['build']);
    expect((await github.post(`${RUNS}/${id}/rerun`)).status).toBe(403);
    await github.post(`${RUNS}/${id}/cancel`);
    expect((await github.runCompleted('octo/again', id)).conclusion).toBe('cancelled');
    expect((await github.post(`${RUNS}/${id}/rerun`)).status).toBe(201);
    await (await take('linux')).complete();
    await (await take('linux')).complete();
    expect(await github.runCompleted('octo/again', id)).toMatchObject({
      conclusion: 'success',
      run_attempt: 3,
    });
  });
});

describe('a deployment that needs approval', () => {
  it('waits to be approved, and says by whom', async () => {
    await github.request('PUT', '/_standin/repositories/octo/again/environments/production', {
      reviewers: ['mona'],
    });
    const { id } = await github.startRun('octo/again', { workflow: 'deploy.yml' });
    const pending = await github.get(`${RUNS}/${id}/pending_deployments`);
    expect(pending.body).toMatchObject([
      { environment: { name: 'production' }, current_user_can_approve: true, wait_timer: 0 },
    ]);
    const review = {
      environment_ids: [pending.body[0].environment.id],
      state: 'approved',
      comment: 'Good',
    };
    const approved = await github.post(`${RUNS}/${id}/pending_deployments`, review);
    expect(approved.status).toBe(200);
    expect(approved.body[0].environment).toBe('production');
    await (await take('deploy')).complete();
    expect((await github.runCompleted('octo/again', id)).conclusion).toBe('success');
    expect((await github.get(`${RUNS}/${id}/approvals`)).body).toMatchObject([
      { state: 'approved', comment: 'Good', environments: [{ name: 'production' }] },
    ]);
    expect((await github.post(`${RUNS}/${id}/pending_deployments`, review)).status).toBe(422);
  });
});
