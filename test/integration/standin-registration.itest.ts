import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigSh } from './standin/config-sh.ts';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { ONE_JOB } from './standin/one-job.ts';
import { RawRunner, readJitConfig } from './standin/raw-runner.ts';

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/one', { 'ci.yml': ONE_JOB });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

const register = (body: object) =>
  github.post('/repos/octo/one/actions/runners/generate-jitconfig', body);

describe('registration', () => {
  const complete = { name: 'a', runner_group_id: 1, labels: ['Self-Hosted', 'X64'] };
  it('makes a runner with the labels that were asked for, in lower case, and nothing more', async () => {
    const { status, body } = await register(complete);
    expect(status).toBe(201);
    expect(body.runner).toMatchObject({ name: 'a', status: 'offline', busy: false });
    expect(body.runner.labels.map((label: { name: string }) => label.name)).toEqual([
      'self-hosted',
      'x64',
    ]);
    const settings = readJitConfig(body.encoded_jit_config);
    expect(settings.runner).toMatchObject({
      AgentId: body.runner.id,
      AgentName: 'a',
      Ephemeral: true,
      UseV2Flow: true,
      ServerUrlV2: `${github.url}/broker/`,
    });
    expect(settings.key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  });
  it.each([
    [{ ...complete }, 409, 'Already exists - A runner with the name a already exists.'],
    [{ ...complete, name: undefined }, 422, '"name" w'],
    [{ ...complete, labels: undefined }, 422, '"labels" w'],
    [{ ...complete, runner_group_id: undefined }, 422, '"runner_group_id" w'],
    [{ ...complete, runner_group_id: 2 }, 403, 'Resource not accessible'],
    [{ ...complete, runner_group_id: 77 }, 404, 'Not Found'],
  ])('answers %j with %i', async (body, status, message) => {
    const answer = await register(body);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(message);
    expect(answer.body.status).toBe(String(status));
  });
  it('lists, finds by name, and deletes', async () => {
    const { body } = await github.get('/api/v3/repos/octo/one/actions/runners?name=a');
    expect(body.total_count).toBe(1);
    const path = `/repos/octo/one/actions/runners/${body.runners[0].id}`;
    expect((await github.request('DELETE', path)).status).toBe(204);
    expect((await github.get(path)).status).toBe(404);
  });
});

describe('the token service', () => {
  it('accepts RS256 and PS256 and refuses what is too long, for somebody else or unknown', async () => {
    const runner = await RawRunner.online(github, 'octo/one', ['nobody']);
    for (const alg of ['RS256', 'PS256']) {
      expect((await runner.exchange(300, alg)).body).toMatchObject({ expires_in: 3000 });
    }
    for (const answer of [
      await runner.exchange(301),
      await runner.exchange(300, 'PS256', { aud: `${github.url}/other` }),
      await runner.exchange(300, 'PS256', { sub: 'nobody' }),
      await runner.exchange(300, 'PS256', { exp: 1 }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.error).toBe('invalid_client');
    }
    await github.request('DELETE', `/repos/octo/one/actions/runners/${runner.id}`);
    expect((await runner.exchange()).body.error_description).toMatch(/was not found/);
  });
});

describe('sessions and polls', () => {
  it('refuses a bad token, a bad session and a second session beside an open poll', async () => {
    const runner = await RawRunner.online(github, 'octo/one', ['nobody']);
    expect((await github.request('GET', '/broker/message', undefined, 'x.y.z')).status).toBe(401);
    const wrong = await runner.broker('GET', 'message?sessionId=wrong&status=Online');
    expect(wrong.body).toMatchObject({
      source: 'actions-broker-listener',
      errorKind: 'RunnerSessionInvalid',
      statusCode: 404,
    });
    const poll = runner.poll();
    await eventually('second session refused', async () => {
      const answer = await runner.openSession();
      return answer.status === 409 ? true : undefined;
    });
    expect((await runner.broker('DELETE', 'session')).status).toBe(204);
    expect((await poll).status).toBe(404);
  });
  it('holds an empty poll for 50 seconds and then answers 202 without a body', async () => {
    const runner = await RawRunner.online(github, 'octo/one', ['nobody']);
    const sleeping = github.clock.sleeping;
    const poll = runner.poll();
    await eventually('poll held', () => github.clock.sleeping > sleeping || undefined);
    github.clock.advance(50_000);
    expect(await poll).toMatchObject({ status: 202, body: '' });
  });
  it('tells a deleted runner that it is gone', async () => {
    const runner = await RawRunner.online(github, 'octo/one', ['nobody']);
    const sleeping = github.clock.sleeping;
    const poll = runner.poll();
    await eventually('poll held', () => github.clock.sleeping > sleeping || undefined);
    await github.request('DELETE', `/repos/octo/one/actions/runners/${runner.id}`);
    expect((await poll).body.errorKind).toBe('RunnerNotFound');
    expect((await runner.broker('DELETE', 'session')).status).toBe(204);
  });
  it('loses no message with an aborted poll, and offers nothing to a busy runner', async () => {
    const runner = await RawRunner.online(github, 'octo/one', ['linux']);
    const aborted = new AbortController();
    const sleeping = github.clock.sleeping;
    const poll = fetch(new URL(runner.messagePath('Online'), `${github.url}/broker/`), {
      headers: { Authorization: `Bearer ${runner.token}` },
      signal: aborted.signal,
    });
    await eventually('poll held', () => github.clock.sleeping > sleeping || undefined);
    aborted.abort();
    await expect(poll).rejects.toThrow();
    const busy = runner.poll('Busy');
    const run = await github.startRun('octo/one');
    const job = await runner.takeJob();
    expect((await busy).status).toBe(202);
    await job.complete();
    await github.runCompleted('octo/one', run.id);
  });
});

describe('A.1 runners that nobody sees any more', () => {
  const exists = async (path: string) => (await github.get(path)).status === 200;
  const DAY = 24 * 3_600_000;

  it('are forgotten: a just-in-time one after a day, one that stays after fourteen', async () => {
    const { body } = await register({ name: 'unused', runner_group_id: 1, labels: ['nobody'] });
    const unused = `/repos/octo/one/actions/runners/${body.runner.id}`;
    const config = new ConfigSh(github, 'octo/one');
    await config.take('registration', '/repos/octo/one');
    await config.connect();
    const agents = '_apis/distributedtask/pools/1/agents';
    const { id } = (await config.tenantCall('POST', agents, config.agent('stays'))).body;
    const stays = `/repos/octo/one/actions/runners/${id}`;
    github.clock.advance(DAY - 3_600_000);
    expect([await exists(unused), await exists(stays)]).toEqual([true, true]);
    github.clock.advance(2 * 3_600_000);
    expect([await exists(unused), await exists(stays)]).toEqual([false, true]);
    github.clock.advance(14 * DAY);
    expect(await exists(stays)).toBe(false);
  });
});
