import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_TOKEN_OPERATIONS } from '../../src/standin/rest/apps/access-tokens.ts';
import { APP_OPERATIONS } from '../../src/standin/rest/apps/app.ts';
import { INSTALLATION_OPERATIONS } from '../../src/standin/rest/apps/installations.ts';
import { ApiCalls } from './standin/api-calls.ts';
import { eventually } from './standin/eventually.ts';
import type { Fixture } from './standin/fixture.ts';

const REPO = '/repos/octo/api';

let calls: ApiCalls;
let github: Fixture;
let ask: ApiCalls['ask'];
let sha: string;
let pem: string;
let appId: number;

beforeAll(async () => {
  calls = await ApiCalls.start();
  ({ github, ask } = calls);
  await github.repository('octo/api', {});
  await github.repository('octo/other', {});
  sha = (await github.get(`${REPO}/git/ref/heads/main`)).body.object.sha;
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

const appToken = (changes: Record<string, number> = {}): Promise<string> => {
  const now = Math.floor(github.clock.now() / 1000);
  return new SignJWT({ iat: now - 60, exp: now + 540, ...changes })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(String(appId))
    .sign(createPrivateKey(pem));
};

describe('GitHub Apps', () => {
  const manifest = {
    url: 'https://example.com/app',
    hook_attributes: { url: 'http://127.0.0.1:9/hook' },
    default_permissions: { administration: 'write', actions: 'read', checks: 'write' },
    default_events: ['workflow_job'],
  };

  it('are made of a manifest, once', async () => {
    const agreed = await github.post('/_standin/app-manifests', {
      ...{ owner: 'octo', name: 'Runner Hub', manifest },
    });
    const path = `/app-manifests/${agreed.body.code}/conversions`;
    const { body } = await ask(201, 'POST', path, undefined, '');
    await ask(404, 'POST', path, undefined, '');
    [pem, appId] = [body.pem, body.id];
    expect(body.slug).toBe('runner-hub');
    await ask(200, 'GET', '/apps/runner-hub');
    await ask(200, 'GET', '/app', undefined, await appToken());
  });

  it('are believed by a token that keeps the rules only', async () => {
    const now = Math.floor(github.clock.now() / 1000);
    for (const changes of [{ exp: now - 1 }, { exp: now + 3600 }, { iat: now + 600 }]) {
      await ask(401, 'GET', '/app', undefined, await appToken(changes));
    }
    const [head, claims] = (await appToken()).split('.');
    await ask(401, 'GET', '/app', undefined, `${head}.${claims}.AAAA`);
    await ask(401, 'GET', '/app');
    await ask(403, 'GET', '/user', undefined, await appToken());
  });

  it('are installed, and work with tokens that end', async () => {
    const where = { account: 'octo', repositories: ['api'] };
    await github.request('PUT', '/_standin/apps/runner-hub/installations', where);
    const jwt = await appToken();
    const { body } = await ask(200, 'GET', '/app/installations', undefined, jwt);
    const one = `/app/installations/${body[0].id}`;
    for (const path of [
      one,
      '/orgs/octo/installation',
      '/users/octo/installation',
      `${REPO}/installation`,
    ]) {
      await ask(200, 'GET', path, undefined, jwt);
    }
    await ask(404, 'GET', '/repos/octo/other/installation', undefined, jwt);
    await ask(200, 'GET', '/orgs/octo/installations');
    const tokens = `${one}/access_tokens`;
    await ask(422, 'POST', tokens, { permissions: { contents: 'write' } }, jwt);
    await ask(422, 'POST', tokens, { repositories: ['other'] }, jwt);
    const issued = await ask(201, 'POST', tokens, { repositories: ['api'] }, jwt);
    const installationToken = issued.body.token;
    await ask(200, 'GET', '/installation/repositories', undefined, installationToken);
    await ask(200, 'GET', `${REPO}/actions/runners`, undefined, installationToken);
    await ask(404, 'GET', '/repos/octo/other', undefined, installationToken);
    const refused = await ask(403, 'GET', `${REPO}/hooks`, undefined, installationToken);
    expect(refused.body.message).toBe('Resource not accessible by integration');
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('repository_hooks=read');
    const check = { name: 'lint', head_sha: sha, conclusion: 'success' };
    const made = await ask(201, 'POST', `${REPO}/check-runs`, check, installationToken);
    await ask(403, 'POST', `${REPO}/check-runs`, check);
    const path = `${REPO}/check-runs/${made.body.id}`;
    await ask(200, 'PATCH', path, { name: 'lint 2' }, installationToken);
    await ask(204, 'PUT', `${one}/suspended`, undefined, jwt);
    await ask(403, 'GET', `${REPO}/actions/runners`, undefined, installationToken);
    await ask(204, 'DELETE', `${one}/suspended`, undefined, jwt);
    github.clock.advance(3_600_001);
    await ask(401, 'GET', `${REPO}/actions/runners`, undefined, installationToken);
  });

  it('have a webhook of their own, and go', async () => {
    const jwt = await appToken();
    await ask(200, 'GET', '/app/hook/config', undefined, jwt);
    await ask(200, 'PATCH', '/app/hook/config', { content_type: 'json' }, jwt);
    const delivered = await eventually('an installation webhook', async () => {
      const { body } = await ask(200, 'GET', '/app/hook/deliveries', undefined, jwt);
      return body.find((each: { event: string }) => each.event === 'installation');
    });
    const one = `/app/hook/deliveries/${delivered.id}`;
    await ask(200, 'GET', one, undefined, jwt);
    await ask(202, 'POST', `${one}/attempts`, undefined, jwt);
    const { body } = await github.request('GET', '/app/installations', undefined, jwt);
    const tokens = `/app/installations/${body[0].id}/access_tokens`;
    const { token } = (await ask(201, 'POST', tokens, {}, jwt)).body;
    await ask(204, 'DELETE', '/installation/token', undefined, token);
    await ask(204, 'DELETE', `/app/installations/${body[0].id}`, undefined, jwt);
  });
});

it('leaves out no operation of Apps', () => {
  const all = [...APP_OPERATIONS, ...INSTALLATION_OPERATIONS, ...ACCESS_TOKEN_OPERATIONS];
  expect(calls.missing(all)).toEqual([]);
});
