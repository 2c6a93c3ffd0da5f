import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture } from './standin/fixture.ts';
import { RawConnection } from './standin/raw-http.ts';
import { RawRunner } from './standin/raw-runner.ts';

let github: Fixture;
let runner: RawRunner;
let connection: RawConnection;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/one', {});
  runner = await RawRunner.online(github, 'octo/one', ['nobody']);
  connection = await RawConnection.open(github.url);
});
afterAll(async () => {
  connection.close();
  await github.stop();
  expect(github.errors).toEqual([]);
});

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const now = () => Math.floor(github.clock.now() / 1000);

async function assertion(changes: object = {}, key = runner.settings.key, alg = 'PS256') {
  const { clientId, tokenUrl } = runner.settings;
  const claims = {
    ...{ sub: clientId, iss: clientId, aud: tokenUrl, jti: randomUUID() },
    ...{ nbf: now(), exp: now() + 300, ...changes },
  };
  return new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT' }).sign(key);
}

/** Posts a form as the official runner does. */
async function exchange(form: Record<string, string>) {
  const answer = await connection.send(
    'POST',
    new URL(runner.settings.tokenUrl).pathname,
    [
      'Accept: application/json',
      'Content-Type: application/x-www-form-urlencoded',
      'User-Agent: GitHubActionsRunner-linux-x64/2.336.0',
    ],
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: TYPE,
      ...form,
    }).toString(),
  );
  return { ...answer, body: JSON.parse(answer.text) };
}

const refusalOf = async (changes: object, key = runner.settings.key) => {
  const answer = await exchange({ client_assertion: await assertion(changes, key) });
  expect(answer.status).toBe(400);
  // The runner reads an error only where its length and type are said.
  const names = answer.headers.map(([name]) => name.toLowerCase());
  expect(names).toContain('content-length');
  expect(Object.fromEntries(answer.headers)['Content-Type']).toMatch(/^application\/json/);
  expect(answer.body.error).toBe('invalid_client');
  return answer.body.error_description as string;
};

describe('A.4 the exchange of an assertion', () => {
  it.each(['RS256', 'PS256'])('accepts one signed with %s', async (alg) => {
    const answer = await exchange({
      client_assertion: await assertion({}, runner.settings.key, alg),
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'JWT',
      expires_in: 3000,
    });
  });

  it('allows a lifetime of exactly 300 seconds, and says so of a longer one', async () => {
    expect(await refusalOf({ exp: now() + 330 })).toBe(
      'Bearer token lifetime 00:05:30 is greater than the allowed maximum lifetime 00:05:00',
    );
    const backDated = await assertion({ nbf: now() - 60, exp: now() + 240 });
    expect((await exchange({ client_assertion: backDated })).status).toBe(200);
  });

  it('names the time of the server to whoever has another', async () => {
    const early = { nbf: now() + 1000, exp: now() + 1300 };
    const late = { nbf: now() - 1300, exp: now() - 1000 };
    expect(await refusalOf(early)).toMatch(/is not valid until .* Current server time is /);
    expect(await refusalOf(late)).toMatch(/expired on .* Current server time is /);
    const slow = await assertion({ nbf: now() - 500, exp: now() - 200 });
    expect((await exchange({ client_assertion: slow })).status).toBe(200);
  });

  it('refuses another audience, issuer or key, and a claim too few', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await refusalOf({ aud: `${runner.settings.tokenUrl}/` })).toMatch(/audience/);
    expect(await refusalOf({ iss: 'somebody' })).toMatch(/issuer/);
    expect(await refusalOf({}, privateKey)).toMatch(/signature/);
    expect(await refusalOf({ jti: undefined })).toMatch(/lacks/);
  });

  it.each([
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ client_assertion_type: 'x' }, 'invalid_request'],
    [{ client_assertion: 'no token' }, 'invalid_request'],
  ])('refuses the form %j', async (form, error) => {
    const answer = await exchange({ client_assertion: await assertion(), ...form });
    expect(answer).toMatchObject({ status: 400, body: { error } });
  });

  it('tells a deleted runner that its registration was not found', async () => {
    const gone = await RawRunner.online(github, 'octo/one', ['nobody']);
    await github.request('DELETE', `/repos/octo/one/actions/runners/${gone.id}`);
    const { status, body } = await gone.exchange();
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_client',
      error_description: `Registration ${gone.settings.clientId} was not found.`,
    });
  });

  it('gives tokens that run out: 401 at the broker and at the run service', async () => {
    const old = await RawRunner.online(github, 'octo/one', ['nobody']);
    github.clock.advance(3_001_000);
    expect((await old.poll()).status).toBe(401);
    expect((await old.broker('DELETE', 'session')).status).toBe(401);
    const request = { run_service_url: `${github.url}/run/1/`, runner_request_id: 'x' };
    expect((await old.acquire(request)).body).toMatchObject({ statusCode: 401 });
    await old.login();
    expect((await old.broker('DELETE', 'session')).status).toBe(204);
  });
});
