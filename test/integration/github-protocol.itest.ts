import { importSPKI, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunnerProtocol } from '../../src/adapters/github/runner-protocol.ts';
import { eventually } from '../support/eventually.ts';
import { aCompletion, type GitHubScene, never, openGitHubScene } from '../support/github-scene.ts';
import {
  envelope,
  holdPoll,
  JOB,
  jobRequest,
  type MiniGitHub,
  runnerPublicKey,
} from '../support/mini-github.ts';

let scene: GitHubScene;
let github: MiniGitHub;

beforeEach(async () => {
  scene = await openGitHubScene();
  github = scene.github;
});

afterEach(() => scene[Symbol.asyncDispose]());

describe('the token of a runner', () => {
  it.each([
    ['RS256', false, true],
    ['PS256', true, false],
  ])('is asked for with a %s assertion of 300 s', async (alg, fips, pascalCase) => {
    await scene.open(github.jitConfig({ fips, pascalCase }));
    const form = new URLSearchParams(github.seen('POST /token')[0]?.body.toString());
    expect(form.get('grant_type')).toBe('client_credentials');
    const pem = runnerPublicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { payload, protectedHeader } = await jwtVerify(
      form.get('client_assertion') ?? '',
      await importSPKI(pem, alg),
    );
    expect(protectedHeader).toMatchObject({ alg, typ: 'JWT' });
    expect(payload).toMatchObject({ iss: 'client-1', sub: 'client-1', aud: `${github.url}/token` });
    expect(Number(payload.exp) - Number(payload.nbf)).toBe(300);
    expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is kept, and asked for again after a 401', async () => {
    github.on('POST /broker/session', [
      { status: 401 },
      { status: 201, json: { sessionId: 'session-1' } },
    ]);
    const session = await scene.open();
    expect(github.seen('POST /token')).toHaveLength(2);
    github.on('GET /broker/message', [jobRequest(github.url)]);
    await session.next('Online', never);
    expect(github.seen('POST /token')).toHaveLength(2);
  });

  it('says that the runner is gone when its registration is not found', async () => {
    github.on('POST /token', {
      status: 400,
      json: { error: 'invalid_client', error_description: 'The registration was not found.' },
    });
    await expect(scene.open()).rejects.toMatchObject({ code: 'runner-gone' });
  });

  it('cannot be asked for with a configuration that nobody can read', async () => {
    await expect(scene.open('bm90IGpzb24=')).rejects.toMatchObject({ code: 'github-refused' });
  });
});

describe('a session at the broker', () => {
  it('says who it is and polls with its id', async () => {
    const session = await scene.open();
    github.on('GET /broker/message', jobRequest(github.url));
    await session.next('Busy', never);
    const asked = github.seen('POST /broker/session')[0];
    expect(asked?.json()).toMatchObject({
      ownerName: 'here',
      agent: { id: 7, name: 'rh-small-1', version: '2.336.0' },
    });
    const poll = github.seen('GET /broker/message')[0]?.query;
    expect(Object.fromEntries(poll ?? [])).toMatchObject({
      sessionId: 'session-1',
      status: 'Busy',
      runnerVersion: '2.336.0',
      os: 'Linux',
    });
    await session.close();
    expect(github.seen('DELETE /broker/session')).toHaveLength(1);
  });

  it('replaces its own lost session, and waits for a session of others', async () => {
    github.on('POST /broker/session', [
      { status: 409 },
      { status: 409 },
      { status: 201, json: { sessionId: 'session-2' } },
    ]);
    await scene.open();
    expect(github.seen('DELETE /broker/session')).toHaveLength(1);
    expect(github.seen('POST /broker/session')).toHaveLength(3);
  });

  it('does not insist after a 403', async () => {
    github.on('POST /broker/session', { status: 403 });
    await expect(scene.open()).rejects.toMatchObject({ code: 'github-refused' });
    expect(github.seen('POST /broker/session')).toHaveLength(1);
  });

  it('skips empty answers and messages that are none of its business', async () => {
    github.on('GET /broker/message', [
      { status: 202 },
      { status: 204 },
      { status: 200, json: null },
      envelope('RunnerRefresh', {}),
      envelope('ForceTokenRefresh', {}),
      { status: 200, json: {} },
      jobRequest(github.url),
    ]);
    const session = await scene.open();
    expect(await session.next('Online', never)).toMatchObject({ kind: 'job' });
    expect(github.seen('POST /token')).toHaveLength(2);
  });

  it('goes on after errors and a session that became invalid', async () => {
    const source = 'actions-broker-listener';
    github.on('GET /broker/message', [
      { status: 500 },
      { status: 200, hangUp: true },
      { status: 400, json: { source, errorKind: 'RunnerSessionInvalid', statusCode: 400 } },
      jobRequest(github.url),
    ]);
    const session = await scene.open();
    expect(await session.next('Online', never)).toMatchObject({ kind: 'job' });
    expect(github.seen('POST /broker/session')).toHaveLength(2);
  });

  it.each([
    { status: 404, json: { source: 'actions-broker-listener', errorKind: 'RunnerNotFound' } },
    { status: 200, json: { source: 'actions-broker-listener', errorKind: 'RunnerNotFound' } },
    { status: 404 },
  ])('ends when its runner is not found: %j', async (answer) => {
    github.on('GET /broker/message', answer);
    const session = await scene.open();
    await expect(session.next('Online', never)).rejects.toMatchObject({ code: 'runner-gone' });
  });

  it('gives up when the broker fails for long', async () => {
    github.on('GET /broker/message', { status: 503 });
    const session = await scene.open();
    await expect(session.next('Online', never)).rejects.toMatchObject({
      code: 'github-unreachable',
    });
    expect(github.seen('GET /broker/message')).toHaveLength(50);
  });

  it('delivers a repeated cancellation once', async () => {
    const cancel = envelope('JobCancellation', { jobId: JOB.jobId, timeout: '00:05:00' });
    github.on('GET /broker/message', [cancel, cancel, cancel, holdPoll]);
    const session = await scene.open();
    const message = await session.next('Busy', never);
    expect(message).toEqual({ kind: 'cancel', jobId: JOB.jobId, timeoutMs: 300_000 });
    const stop = new AbortController();
    const again = session.next('Busy', stop.signal);
    await eventually(() => github.seen('GET /broker/message').length === 4, 'the fourth poll');
    stop.abort();
    await expect(again).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('the life of a job at the run service', () => {
  it('is acknowledged, acquired, renewed and completed with the right tokens', async () => {
    const job = await scene.acquire();
    expect(github.seen('POST /broker/acknowledge')[0]?.json()).toEqual({
      runnerRequestId: JOB.jobId,
    });
    expect(github.seen('POST /run/7/acquirejob')[0]?.json()).toEqual({
      jobMessageId: JOB.jobId,
      runnerOS: 'Linux',
      billingOwnerId: 'O_1',
    });
    expect(await job.renew(never)).toBe('2026-06-30T15:40:39Z');
    await job.complete(aCompletion);
    const bearer = (route: string) => github.seen(route)[0]?.headers.authorization;
    expect(bearer('POST /run/7/acquirejob')).toMatch(/^Bearer runner-token-/);
    expect(bearer('POST /run/7/renewjob')).toBe(`Bearer ${JOB.token}`);
    expect(bearer('POST /run/7/completejob')).toBe(`Bearer ${JOB.token}`);
  });

  it.each([404, 409, 422])('is left to others after %i in the body of the error', async (code) => {
    const json = { source: 'actions-run-service', statusCode: code, errorMessage: 'no' };
    github.on('POST /run/7/acquirejob', { status: code, json });
    await expect(scene.acquire()).rejects.toThrow('not acquired');
    expect(github.seen('POST /run/7/acquirejob')).toHaveLength(1);
  });

  it('is acquired again after a bare 404 and a failing acknowledgement', async () => {
    github.on('POST /broker/acknowledge', { status: 500 });
    const message = github.jobMessage();
    github.on('POST /run/7/acquirejob', [{ status: 404 }, { status: 200, json: message }]);
    expect((await scene.acquire()).message.jobDisplayName).toBe('build');
  });

  it('is completed as failed when its message cannot be read', async () => {
    const broken = github.jobMessage({ steps: 'none' });
    github.on('POST /run/7/acquirejob', { status: 200, json: broken });
    await expect(scene.acquire()).rejects.toMatchObject({ code: 'github-refused' });
    expect(github.seen('POST /run/7/completejob')[0]?.json()).toMatchObject({
      jobId: JOB.jobId,
      conclusion: 'failed',
    });
  });

  it('is gone when the service says so, not when something in between does', async () => {
    const json = { source: 'actions-run-service', statusCode: 404 };
    const job = await scene.acquire();
    github.on('POST /run/7/renewjob', [
      { status: 404 },
      { status: 200, json: { lockedUntil: '2026-06-30T16:00:00Z' } },
    ]);
    expect(await job.renew(never)).toBe('2026-06-30T16:00:00Z');
    github.on('POST /run/7/renewjob', { status: 404, json });
    await expect(job.renew(never)).rejects.toMatchObject({ code: 'job-gone' });
    github.on('POST /run/7/completejob', { status: 404, json });
    await expect(job.complete(aCompletion)).rejects.toMatchObject({ code: 'job-gone' });
    expect(github.seen('POST /run/7/completejob')).toHaveLength(1);
  });

  it('is completed over a failing server, but not with a token that is refused', async () => {
    const job = await scene.acquire();
    github.on('POST /run/7/completejob', [
      { status: 500 },
      { status: 200, hangUp: true },
      { status: 204 },
    ]);
    await job.complete(aCompletion);
    github.on('POST /run/7/completejob', { status: 401 });
    await expect(job.complete(aCompletion)).rejects.toMatchObject({ code: 'github-refused' });
    expect(github.seen('POST /run/7/completejob')).toHaveLength(4);
  });

  it('is completed for a process that died', async () => {
    const protocol = createRunnerProtocol(scene);
    await protocol.completeOrphan(`${github.url}/run/7`, JOB.token, aCompletion);
    expect(github.seen('POST /run/7/completejob')).toHaveLength(1);
  });
});
