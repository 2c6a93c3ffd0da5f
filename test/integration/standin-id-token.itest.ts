import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture } from './standin/fixture.ts';
import { type RawJob, RawRunner } from './standin/raw-runner.ts';

const WORKFLOW = `on: push
permissions: { id-token: write }
jobs:
  cloud: { runs-on: linux, steps: [{ run: a }] }
  deploy: { runs-on: linux, environment: { name: 'prod-\${{ github.ref_name }}' }, steps: [{ run: a }] }
  none: { runs-on: linux, permissions: { contents: read }, steps: [{ run: a }] }
`;

let github: Fixture;
const jobs = new Map<string, RawJob>();

beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/app', { 'ci.yml': WORKFLOW });
  await github.startRun('octo/app');
  for (const _ of [1, 2, 3]) {
    const job = await (await RawRunner.online(github, 'octo/app')).takeJob();
    jobs.set(job.name, job);
  }
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const jobOf = (name: string): RawJob => jobs.get(name) as RawJob;
const requestUrl = (name: string): string => jobOf(name).endpoint.data.GenerateIdTokenUrl;

const ask = (url: string, job: RawJob) => github.request('GET', url, undefined, job.token);

/** Verifies as a cloud does: issuer, discovery, keys. */
async function verify(token: string, audience: string) {
  const issuer = `${github.url}/_services/token`;
  const found = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: keys, issuer: named } = (await found.json()) as Record<string, string>;
  expect(named).toBe(issuer);
  return jwtVerify(token, createRemoteJWKSet(new URL(String(keys))), { issuer, audience });
}

describe('an identity token', () => {
  it('says what the job is, to the audience that was asked for', async () => {
    const { body } = await ask(`${requestUrl('cloud')}&audience=sts.example.com`, jobOf('cloud'));
    const { payload, protectedHeader } = await verify(body.value, 'sts.example.com');
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
    expect(payload).toMatchObject({
      sub: 'repo:octo/app:ref:refs/heads/main',
      repository: 'octo/app',
      repository_owner: 'octo',
      repository_visibility: 'private',
      ref: 'refs/heads/main',
      ref_type: 'branch',
      event_name: 'push',
      workflow_ref: 'octo/app/.github/workflows/ci.yml@refs/heads/main',
      job_workflow_ref: 'octo/app/.github/workflows/ci.yml@refs/heads/main',
      runner_environment: 'self-hosted',
      run_attempt: '1',
      jti: expect.any(String),
    });
    expect(payload).not.toHaveProperty('environment');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect((payload.iat ?? 0) - (payload.nbf ?? 0)).toBe(600);
  });

  it('names the environment, and the owner of the repository as the usual audience', async () => {
    const { body } = await ask(requestUrl('deploy'), jobOf('deploy'));
    const { payload } = await verify(body.value, `${github.url}/octo`);
    expect(payload).toMatchObject({
      sub: 'repo:octo/app:environment:prod-main',
      environment: 'prod-main',
    });
  });

  it('is for jobs that asked for the right, and with their own token', async () => {
    expect(requestUrl('none')).toBe('');
    const none = jobOf('none');
    const path = `/idtoken/${none.message.plan.planId}/${none.message.jobId}?api-version=2.0`;
    expect((await ask(path, none)).status).toBe(403);
    expect((await ask(requestUrl('cloud'), jobOf('deploy'))).status).toBe(404);
    expect((await github.get(requestUrl('cloud'))).status).toBe(401);
    await jobOf('cloud').complete();
    expect((await ask(requestUrl('cloud'), jobOf('cloud'))).status).toBe(401);
  });
});
