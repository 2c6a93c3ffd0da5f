import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { ONE_JOB } from './standin/one-job.ts';
import { type RawAnswer, RawConnection } from './standin/raw-http.ts';
import { RawRunner } from './standin/raw-runner.ts';

let github: Fixture;
let runner: RawRunner;
let connection: RawConnection;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/one', { 'ci.yml': ONE_JOB });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});
beforeEach(async () => {
  runner = await RawRunner.online(github, 'octo/one', ['nobody']);
  connection = await RawConnection.open(github.url);
});
afterEach(() => connection.close());

/** The headers of the official runner, in its order and casing. */
const headers = (more: readonly string[] = []) => [
  'Accept: application/json',
  `Authorization: Bearer ${runner.token}`,
  'X-Actions-Session: 0c4a2d2e-6a5f-4a53-8d4b-3b8f6f0a1c11',
  'Accept-Language: en-US',
  'User-Agent: GitHubActionsRunner-linux-x64/2.336.0 CommitSHA/258d6c8',
  ...more,
];
const JSON_BODY = 'Content-Type: application/json; charset=utf-8';

const bodyOf = ({ text }: RawAnswer) => JSON.parse(text);

const session = (more: object = {}) =>
  JSON.stringify({
    sessionId: '00000000-0000-0000-0000-000000000000',
    ownerName: 'HOST (PID: 77)',
    agent: {
      id: runner.id,
      name: runner.settings.runner['AgentName'],
      version: '2.336.0',
      osDescription: 'Linux 6.1.0',
      ephemeral: null,
      status: 0,
      provisioningState: null,
    },
    useFipsEncryption: false,
    ...more,
  });

async function held(poll: Promise<unknown>, sleeping: number): Promise<void> {
  await eventually('poll held', () => github.clock.sleeping > sleeping || undefined);
  expect(await Promise.race([poll, 'held'])).toBe('held');
}

describe('B.1 the broker', () => {
  it('keeps one connection for session, poll and deletion', async () => {
    await runner.broker('DELETE', 'session');
    const made = await connection.send('POST', '/broker/session', headers([JSON_BODY]), session());
    expect(made.status).toBe(201);
    expect(bodyOf(made)).toEqual({
      sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ownerName: 'HOST (PID: 77)',
      assignmentQueued: false,
      orchestrationId: '',
    });
    const { sessionId } = bodyOf(made);
    const query = `sessionId=${sessionId}&status=Online&runnerVersion=2.336.0&os=Linux&architecture=X64&disableUpdate=true`;
    const sleeping = github.clock.sleeping;
    const poll = connection.send('GET', `/broker/message?${query}`, headers());
    await held(poll, sleeping);
    github.clock.advance(50_000);
    const empty = await poll;
    expect(empty).toMatchObject({ status: 202, text: '' });
    expect(empty.headers.some(([name]) => name.toLowerCase() === 'content-type')).toBe(false);
    const gone = await connection.send('DELETE', '/broker/session', headers());
    expect(gone).toMatchObject({ status: 204, text: '' });
    expect(connection.closed).toBe(false);
  });

  it('takes a body in chunks, with a byte order mark, and names in any case', async () => {
    await runner.broker('DELETE', 'session');
    const [front, back] = [session().slice(0, 20), session().slice(20)];
    const chunked = await connection.sendChunked('POST', '/broker/session', headers([JSON_BODY]), [
      front,
      back,
    ]);
    expect(chunked.status).toBe(201);
    await runner.broker('DELETE', 'session');
    const marked = `\ufeff${JSON.stringify({ OwnerName: 'P', Agent: { Version: '2.336.0' } })}`;
    const made = await connection.send('POST', '/broker/session', headers([JSON_BODY]), marked);
    expect(bodyOf(made)).toMatchObject({ ownerName: 'P' });
  });

  it.each(['/broker/session/', '//broker//session', '/broker/session?x=1'])(
    'is found at %s, too',
    async (path) => {
      await runner.broker('DELETE', 'session');
      expect((await connection.send('POST', path, headers([JSON_BODY]), session())).status).toBe(
        201,
      );
    },
  );

  it('refuses an api-version, which the broker does not know', async () => {
    const answer = await connection.send('DELETE', '/broker/session', [
      'Accept: application/json; api-version=6.0-preview',
      `Authorization: Bearer ${runner.token}`,
    ]);
    expect(answer.status).toBe(400);
  });

  it('answers its health check', async () => {
    expect((await connection.send('GET', '/broker/health', [])).status).toBe(200);
  });

  it('shows what the runner says of itself', async () => {
    const sleeping = github.clock.sleeping;
    const poll = runner.poll();
    await held(poll, sleeping);
    const path = `/repos/octo/one/actions/runners/${runner.id}`;
    expect((await github.get(path)).body).toMatchObject({
      os: 'Linux',
      status: 'online',
      busy: false,
    });
    await runner.broker('DELETE', 'session');
    await poll;
    expect((await github.get(path)).body.status).toBe('offline');
  });

  it('ends a poll when the same session polls again, as after a change of status', async () => {
    const sleeping = github.clock.sleeping;
    const first = runner.poll('Online');
    await held(first, sleeping);
    const second = runner.poll('Busy');
    expect((await first).status).toBe(202);
    await runner.broker('DELETE', 'session');
    expect((await second).body.errorKind).toBe('RunnerSessionInvalid');
  });
});

describe('B.2 refusals of the broker', () => {
  it('lets another owner in when the session has been silent for a minute', async () => {
    const open = (ownerName: string) =>
      connection.send('POST', '/broker/session', headers([JSON_BODY]), session({ ownerName }));
    const refused = await open('OTHER (PID: 1)');
    expect(refused.status).toBe(409);
    expect(bodyOf(refused).typeName).toContain('TaskAgentSessionConflictException');
    expect((await open('HOST (PID: 123)')).status).toBe(201);
    github.clock.advance(60_000);
    expect((await open('OTHER (PID: 1)')).status).toBe(201);
    expect((await runner.poll()).body).toMatchObject({ errorKind: 'RunnerSessionInvalid' });
  });

  it('forgets a session that has not polled for ten minutes', async () => {
    github.clock.advance(601_000);
    expect(await runner.poll()).toMatchObject({
      status: 404,
      body: {
        source: 'actions-broker-listener',
        errorKind: 'RunnerSessionInvalid',
        statusCode: 404,
        errorMessage: expect.any(String),
      },
    });
    expect((await runner.openSession()).status).toBe(201);
  });

  it('gives nothing to a runner that is too old', async () => {
    const old = runner.messagePath('Online').replace('2.336.0', '2.300.2');
    const answer = await runner.broker('GET', old);
    expect(answer).toMatchObject({
      status: 403,
      body: { source: 'actions-broker-listener', errorKind: 'RunnerVersionTooOld' },
    });
    await github.request('PATCH', '/_standin/settings', { minimumRunnerVersion: '2.300.0' });
    const sleeping = github.clock.sleeping;
    const poll = runner.broker('GET', old);
    await held(poll, sleeping);
    await github.request('PATCH', '/_standin/settings', { minimumRunnerVersion: '2.329.0' });
    await runner.broker('DELETE', 'session');
    await poll;
  });

  it('knows no other job to acknowledge than the one it offered', async () => {
    const path = `acknowledge?sessionId=${runner.sessionId}&status=Online`;
    const answer = await runner.broker('POST', path, { runnerRequestId: 'nothing' });
    expect(answer.body).toMatchObject({ errorKind: 'AcknowledgeJobNotFound', statusCode: 404 });
    expect((await runner.broker('POST', path, {})).status).toBe(400);
    const unknown = runner.messagePath('Online').replace('status=Online', 'status=Lost');
    expect((await runner.broker('GET', unknown)).status).toBe(400);
  });

  it('refuses strangers, and whose runner is gone', async () => {
    const stranger = await connection.send('GET', '/broker/message?sessionId=x', [
      'Authorization: Bearer a.b.c',
    ]);
    expect(stranger.status).toBe(401);
    expect((await connection.send('DELETE', '/broker/session', [])).status).toBe(401);
    await github.request('DELETE', `/repos/octo/one/actions/runners/${runner.id}`);
    expect((await runner.poll()).body).toMatchObject({ errorKind: 'RunnerNotFound' });
    expect((await runner.openSession()).body).toMatchObject({ errorKind: 'RunnerNotFound' });
    expect((await runner.broker('DELETE', 'session')).status).toBe(204);
  });
});

describe('B.3 messages', () => {
  it.each([
    ['ForceTokenRefresh', {}],
    [
      'RunnerRefresh',
      { target_version: '2.400.0', download_url: 'http://x', sha256_checksum: 'a', os: 'linux' },
    ],
    [
      'RunnerRefreshConfig',
      { runnerQualifiedId: 'x', configType: 'runner', serviceType: 'pipelines' },
    ],
  ])('brings a %s once, when somebody sends it', async (messageType, body) => {
    const sleeping = github.clock.sleeping;
    const poll = runner.poll();
    await held(poll, sleeping);
    const path = `/_standin/runners/${runner.id}/messages`;
    expect((await github.post(path, { messageType, body })).status).toBe(204);
    const message = (await poll).body;
    expect(message).toMatchObject({ messageId: expect.any(Number), messageType });
    expect(JSON.parse(message.body)).toEqual(body);
    const next = runner.poll();
    await held(next, sleeping);
    await runner.broker('DELETE', 'session');
    await next;
  });

  it('offers a job again until it is acknowledged, under the same request', async () => {
    const other = await RawRunner.online(github, 'octo/one', ['linux']);
    const polling = other.poll();
    const run = await github.startRun('octo/one');
    const first = (await polling).body;
    const second = other.poll();
    github.clock.advance(5_000);
    expect((await second).body).toMatchObject({ body: first.body });
    expect((await second).body.messageId).not.toBe(first.messageId);
    const { runner_request_id: runnerRequestId } = JSON.parse(first.body);
    const path = `acknowledge?sessionId=${other.sessionId}&status=Online&runnerVersion=2.336.0&os=Linux&architecture=X64`;
    expect(await other.broker('POST', path, { runnerRequestId })).toMatchObject({
      status: 200,
      body: '',
    });
    const sleeping = github.clock.sleeping;
    const third = other.poll();
    await held(third, sleeping);
    expect((await other.acquire(JSON.parse(first.body))).status).toBe(200);
    await github.post(`/repos/octo/one/actions/runs/${run.id}/cancel`);
    // Every poll brings the cancellation, and at once, until the job has ended.
    for (const poll of [third, other.poll('Busy'), other.poll('Busy'), other.poll('Online')]) {
      expect((await poll).body.messageType).toBe('JobCancellation');
    }
    github.clock.advance(300_000);
    await github.runCompleted('octo/one', run.id);
  });
});
