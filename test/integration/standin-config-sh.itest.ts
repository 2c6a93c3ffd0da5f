import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigSh } from './standin/config-sh.ts';
import { Fixture } from './standin/fixture.ts';

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/one', {
    'ci.yml': 'on: push\njobs:\n  a:\n    runs-on: self-hosted\n    steps: [{ run: echo }]\n',
  });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

const AGENTS = '_apis/distributedtask/pools/1/agents';

async function registered(name: string): Promise<ConfigSh> {
  const config = new ConfigSh(github, 'octo/one');
  await config.take('registration', '/repos/octo/one');
  await config.connect();
  expect((await config.tenantCall('POST', AGENTS, config.agent(name))).status).toBe(200);
  return config;
}

describe('A.3 registration at the tenant', () => {
  it('finds services and resources without a credential', async () => {
    const config = new ConfigSh(github, 'octo/one');
    config.tenant = `${github.url}/pipelines/`;
    const data = await config.tenantCall(
      'GET',
      '_apis/connectionData?connectOptions=1&lastChangeId=-1&lastChangeId64=-1',
    );
    const { locationServiceData: services } = data.body;
    expect(services.accessMappings[0]).toMatchObject({
      moniker: services.defaultAccessMappingMoniker,
      accessPoint: `${github.url}/pipelines/`,
    });
    const { body } = await config.tenantCall('OPTIONS', '_apis/');
    expect(body.count).toBe(body.value.length);
    expect(body.value.map((each: { id: string }) => each.id)).toEqual([
      'a8c47e17-4d56-4a56-92bb-de7ea7dc65be',
      'e298ef32-5878-4cab-993c-043836571f42',
    ]);
  });

  it('leads to a runner that stays: V2, default labels, one job after another', async () => {
    const config = new ConfigSh(github, 'octo/one');
    await config.take('registration', '/repos/octo/one');
    const connection = await config.connect();
    expect(connection).toMatchObject({
      status: 200,
      body: { url: `${github.url}/pipelines/`, token_schema: 'OAuthAccessToken' },
    });
    expect(connection.body).not.toHaveProperty('use_v2_flow');
    const pools = await config.tenantCall('GET', '_apis/distributedtask/pools?poolType=Automation');
    expect(pools.body).toMatchObject({
      count: 1,
      value: [{ id: 1, name: 'Default', isHosted: false, isInternal: true }],
    });
    const none = await config.tenantCall(
      'GET',
      '_apis/distributedtask/pools/0/agents?agentName=mine&includeCapabilities=False',
    );
    expect(none.body).toEqual({ count: 0, value: [] });
    const { status, body } = await config.tenantCall('POST', AGENTS, config.agent('mine'));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'mine',
      ephemeral: false,
      authorization: {
        authorizationUrl: expect.stringContaining('/_apis/oauth2/token/'),
        publicKey: { exponent: config.exponent, modulus: config.modulus },
      },
      properties: {
        UseV2Flow: { $type: 'System.Boolean', $value: true },
        ServerUrlV2: { $type: 'System.String', $value: `${github.url}/broker/` },
        RequireFipsCryptography: { $type: 'System.Boolean', $value: true },
      },
    });
    const path = `/repos/octo/one/actions/runners/${body.id}`;
    const shown = (await github.get(path)).body;
    expect(shown).toMatchObject({ name: 'mine', status: 'offline', ephemeral: false });
    expect(shown.labels.map((label: { name: string }) => label.name)).toEqual([
      'self-hosted',
      'Linux',
      'X64',
    ]);
    const server = body.properties.ServerUrlV2.$value;
    const runner = await config.start(body.id, 'mine', body.authorization, server);
    for (let i = 0; i < 2; i++) {
      const { id } = await github.startRun('octo/one');
      await (await runner.takeJob()).complete();
      await github.runCompleted('octo/one', id);
      expect((await github.get(path)).body).toMatchObject({ status: 'online', busy: false });
    }
  });

  it('refuses a name that is taken, and replaces the runner of that name when asked to', async () => {
    const config = await registered('twice');
    expect(await config.tenantCall('POST', AGENTS, config.agent('Twice'))).toMatchObject({
      status: 409,
      body: { typeName: expect.stringContaining('TaskAgentExistsException') },
    });
    const found = await config.tenantCall(
      'GET',
      '_apis/distributedtask/pools/0/agents?agentName=TWICE',
    );
    const [{ id }] = found.body.value;
    const other = new ConfigSh(github, 'octo/one');
    await other.take('registration', '/repos/octo/one');
    await other.connect();
    const labels = [{ id: 0, name: 'gpu', type: 'user' }];
    const agent = other.agent('twice', { id, labels, ephemeral: true });
    const { body } = await other.tenantCall('PUT', `${AGENTS}/${id}`, agent);
    expect(body).toMatchObject({ id, ephemeral: true });
    const { authorization, properties } = body;
    const runner = await other.start(id, 'twice', authorization, properties.ServerUrlV2.$value);
    expect(runner.sessionId).not.toBe('');
    await expect(
      config.start(id, 'twice', authorization, properties.ServerUrlV2.$value),
    ).resolves.toMatchObject({ token: undefined });
  });

  it('removes the runner with a token for removing', async () => {
    const config = await registered('leaving');
    await config.take('remove', '/repos/octo/one');
    expect((await config.connect('remove')).status).toBe(200);
    const agents = '_apis/distributedtask/pools/0/agents';
    const { body } = await config.tenantCall('GET', `${agents}?agentName=leaving`);
    const { id } = body.value[0];
    expect((await config.tenantCall('DELETE', `${agents}/${id}`)).status).toBe(204);
    expect((await config.tenantCall('DELETE', `${agents}/${id}`)).status).toBe(404);
  });

  it.each([
    ['no name', { name: '' }],
    ['a label that is too long', { labels: [{ id: 0, name: 'x'.repeat(257), type: 'user' }] }],
    ['a key that is none', { authorization: { publicKey: { exponent: '!', modulus: '!' } } }],
  ])('refuses an agent with %s', async (_what, more) => {
    const config = await registered(`fine-${Math.random()}`);
    const answer = await config.tenantCall('POST', AGENTS, config.agent('bad', more));
    expect(answer.status).toBe(400);
    expect(answer.body.message).not.toBe('');
  });
  it('refuses a stranger, and a pool that is not there', async () => {
    const config = await registered('pooled');
    const nowhere = '_apis/distributedtask/pools/77/agents';
    expect((await config.tenantCall('POST', nowhere, config.agent('x'))).status).toBe(404);
    config.bearer = 'x.y.z';
    expect((await config.tenantCall('GET', AGENTS)).status).toBe(401);
  });
});

describe('A.3 registration by REST', () => {
  const runners = '/repos/octo/one/actions/runners';
  async function connected(): Promise<ConfigSh> {
    const config = new ConfigSh(github, 'octo/one');
    await config.take('registration', '/repos/octo/one');
    return config;
  }

  it('is announced by the tenant’s answer when the stand-in is told so', async () => {
    const config = await connected();
    await github.request('PATCH', '/_standin/settings', { runnerAdminFlow: true });
    expect((await config.connect()).body.use_v2_flow).toBe(true);
    await github.request('PATCH', '/_standin/settings', { runnerAdminFlow: false });
  });

  it('leads to a runner that uses the broker', async () => {
    const config = await connected();
    const groups = await config.remote('GET', '/repos/octo/one/actions/runner-groups');
    expect(groups.body).toMatchObject({
      total_count: 1,
      runner_groups: [{ id: 1, name: 'Default', default: true, is_hosted: false }],
    });
    expect((await config.remote('GET', `${runners}?name=by-rest`)).body.total_count).toBe(0);
    const body = config.registration('by-rest', { ephemeral: true });
    const made = await config.remote('POST', '/actions/runners/register', body);
    expect(made.status).toBe(201);
    const { id, authorization } = made.body;
    expect(authorization).toMatchObject({ server_url: `${github.url}/broker/` });
    const runner = await config.start(id, 'by-rest', authorization, authorization.server_url);
    expect(runner.sessionId).not.toBe('');
    const { body: shown } = await config.remote('GET', `${runners}?name=BY-REST`);
    expect(shown.runners[0]).toMatchObject({ id, ephemeral: true, status: 'online' });
    expect(shown.runners[0].labels).toHaveLength(3);
  });

  it('replaces, and removes', async () => {
    const config = await connected();
    const register = (more: object = {}) =>
      config.remote('POST', '/actions/runners/register', config.registration('again', { ...more }));
    const { id } = (await register()).body;
    expect((await register()).status).toBe(409);
    const labels = [{ name: 'gpu', type: 'User' }];
    const replaced = await register({ runner_id: id, replace: true, labels });
    expect(replaced.body.id).toBe(id);
    const shown = (await github.get(`${runners}/${id}`)).body;
    expect(shown.labels).toMatchObject([{ name: 'gpu' }]);
    await config.take('remove', '/repos/octo/one');
    expect((await config.remote('DELETE', `${runners}/${id}`)).status).toBe(204);
    expect((await github.get(`${runners}/${id}`)).status).toBe(404);
  });

  it('refuses tokens and bodies that do not fit', async () => {
    const config = await connected();
    const register = (more: object) =>
      config.remote('POST', '/actions/runners/register', config.registration('bad', { ...more }));
    expect((await register({ public_key: '<RSAKeyValue/>' })).status).toBe(422);
    expect((await register({ group_id: 77 })).status).toBe(404);
    expect((await register({ url: `${github.url}/other/repo` })).status).toBe(404);
    expect((await config.remote('GET', '/orgs/octo/actions/runner-groups')).status).toBe(404);
    config.remoteToken = 'AAAA';
    expect((await register({})).status).toBe(401);
    // With such a token nothing else of REST is open.
    expect((await config.remote('GET', '/repos/octo/one')).status).toBe(401);
  });
});
