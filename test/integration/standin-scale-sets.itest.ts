import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { readJitConfig } from './standin/raw-runner.ts';
import { ScaleSetClient } from './standin/scale-set-client.ts';
import { runnerOfSet, scaleSetScene } from './standin/scale-set-scene.ts';

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

const scene = () => scaleSetScene(github);

describe('H.1 the chain of credentials', () => {
  it('leads from a registration token to the tenant, whose token says when it ends', async () => {
    await github.repository('octo/chain', {});
    for (const scope of ['octo', 'octo/chain']) {
      const client = new ScaleSetClient(`${github.url}/${scope}`);
      await client.connect();
      expect(client.actionsUrl).toBe(`${github.url}/pipelines/`);
      const claims = JSON.parse(
        Buffer.from(client.adminToken.split('.')[1] ?? '', 'base64url').toString(),
      );
      expect(claims.exp * 1000).toBeGreaterThan(github.clock.now() + 60_000);
    }
  });
  it('refuses a token that is unknown, of another scope, or for removing', async () => {
    const client = new ScaleSetClient(`${github.url}/octo`);
    expect((await client.register('AAAA')).status).toBe(401);
    const { body: other } = await github.post('/orgs/other/actions/runners/registration-token');
    expect((await client.register(other.token)).status).toBe(404);
    const { body: remove } = await github.post('/orgs/octo/actions/runners/remove-token');
    expect((await client.register(remove.token)).status).toBe(403);
    expect((await client.register(remove.token, 'remove')).status).toBe(200);
  });
  it('lets a registration token, and the tenant’s, run out after an hour', async () => {
    const client = new ScaleSetClient(`${github.url}/octo`);
    const { body } = await github.post('/orgs/octo/actions/runners/registration-token');
    expect(Date.parse(body.expires_at)).toBeGreaterThan(github.clock.now() + 3_500_000);
    await client.connect();
    github.clock.advance(3_700_000);
    expect((await client.register(body.token)).status).toBe(401);
    expect((await client.admin('GET', '_apis/runtime/runnerscalesets')).status).toBe(401);
  });
});

describe('H.2 scale sets', () => {
  it('are made, found by group and name, changed and removed', async () => {
    const client = new ScaleSetClient(`${github.url}/crud`);
    await client.connect();
    const made = await client.create('linux-big');
    expect(made).toMatchObject({
      status: 200,
      body: {
        name: 'linux-big',
        runnerGroupId: 1,
        runnerGroupName: 'Default',
        labels: [{ name: 'linux-big', type: 'System' }],
        RunnerSetting: { disableUpdate: true },
        statistics: { totalAssignedJobs: 0, totalRegisteredRunners: 0 },
      },
    });
    const find = (name: string, group = 1) =>
      client.admin('GET', `/_apis/runtime/runnerscalesets?runnerGroupId=${group}&name=${name}`);
    expect((await find('Linux-Big')).body).toMatchObject({ count: 1, value: [made.body] });
    expect((await find('other')).body).toEqual({ count: 0, value: [] });
    expect((await find('linux-big', 2)).body.count).toBe(0);
    const labels = [{ type: 'User', name: 'gpu' }];
    const changed = await client.admin('PATCH', client.path, { name: 'renamed', labels });
    expect(changed.body).toMatchObject({ id: made.body.id, name: 'renamed', labels });
    expect((await client.admin('GET', client.path)).body.name).toBe('renamed');
    expect((await client.admin('DELETE', client.path)).status).toBe(204);
    expect((await client.admin('GET', client.path)).body.typeName).toContain('NotFoundException');
  });
  it('have a name of their own in a group, and belong to their scope', async () => {
    const client = new ScaleSetClient(`${github.url}/unique`);
    await client.connect();
    expect((await client.create('one')).status).toBe(200);
    const { path } = client;
    expect(await client.create('ONE')).toMatchObject({
      status: 409,
      body: { typeName: expect.stringContaining('RunnerScaleSetExistsException') },
    });
    expect((await client.create('two', { runnerGroupId: 77 })).status).toBe(404);
    expect((await client.create('', { labels: [] })).status).toBe(400);
    const stranger = new ScaleSetClient(`${github.url}/stranger`);
    await stranger.connect();
    expect((await stranger.admin('GET', path)).status).toBe(404);
    expect((await client.admin('GET', path, undefined, 'x.y.z')).status).toBe(401);
  });
  it('are in runner groups, which are found by name', async () => {
    const client = new ScaleSetClient(`${github.url}/grouped`);
    await client.connect();
    const groups = (name: string) =>
      client.admin('GET', `/_apis/runtime/runnergroups/?groupName=${name}`);
    expect((await groups('default')).body).toMatchObject({
      count: 1,
      value: [{ id: 1, isDefaultGroup: true }],
    });
    expect((await groups('none')).body.count).toBe(0);
  });
  it('give out runners, which are found, and removed unless they are busy', async () => {
    const { client, name, run } = await scene();
    const made = await client.jitConfig('runner-a');
    expect(made.body.runner).toEqual({
      id: expect.any(Number),
      name: 'runner-a',
      runnerScaleSetId: client.scaleSetId,
    });
    const { runner } = readJitConfig(made.body.encodedJITConfig);
    expect(runner).toMatchObject({
      WorkFolder: '_work',
      UseV2Flow: true,
      RunnerScaleSetId: client.scaleSetId,
      RunnerScaleSetName: name,
    });
    const twice = await client.jitConfig('RUNNER-A');
    expect(twice).toMatchObject({
      status: 409,
      body: { typeName: expect.stringContaining('AgentExistsException') },
    });
    const agents = '/_apis/distributedtask/pools/0/agents';
    const found = await client.admin('GET', `${agents}?agentName=runner-a`);
    expect(found.body).toMatchObject({ count: 1, value: [made.body.runner] });
    const one = `${agents}/${made.body.runner.id}`;
    expect((await client.admin('GET', one)).body).toMatchObject(made.body.runner);
    expect((await client.admin('DELETE', one)).status).toBe(204);
    expect((await client.admin('GET', one)).body.typeName).toContain('AgentNotFoundException');

    const busy = await runnerOfSet(github, client);
    await run();
    const { events } = await client.nextEvents();
    await client.acquire(events.map((event) => event.runnerRequestId));
    const job = await busy.takeJob();
    expect(await client.admin('DELETE', `${agents}/${busy.id}`)).toMatchObject({
      status: 400,
      body: { typeName: expect.stringContaining('JobStillRunningException') },
    });
    await job.complete();
  });
});

describe('H.2 sessions', () => {
  it('are one at a time; the next owner comes when the first has left or fallen silent', async () => {
    const { client } = await scene();
    expect(client.session).toMatchObject({
      ownerName: 'listener-1',
      runnerScaleSet: { id: client.scaleSetId },
      statistics: { totalAssignedJobs: 0 },
    });
    expect(await client.openSession('listener-2')).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('listener-1') },
    });
    expect((await client.closeSession()).status).toBe(204);
    expect((await client.openSession('listener-2')).status).toBe(200);
    github.clock.advance(121_000);
    await client.connect();
    expect((await client.openSession('listener-3')).status).toBe(200);
  });
  it('hold an empty poll for 50 seconds, then answer 202 without a body', async () => {
    const { client } = await scene();
    const sleeping = github.clock.sleeping;
    const poll = client.poll();
    await eventually('poll held', () => github.clock.sleeping > sleeping || undefined);
    github.clock.advance(50_000);
    expect(await poll).toMatchObject({ status: 202, body: '' });
  });
  it('have a queue token that runs out and is renewed by PATCH', async () => {
    const { client, run } = await scene();
    await run();
    github.clock.advance(3_700_000);
    expect((await client.poll()).status).toBe(401);
    expect((await client.acquire([1])).status).toBe(401);
    expect((await client.deleteMessage(1)).status).toBe(401);
    await client.connect();
    expect((await client.refreshSession()).status).toBe(200);
    expect((await client.poll()).status).toBe(200);
  });
  it('end an open poll when they are closed, and are known to nobody afterwards', async () => {
    const { client } = await scene();
    const sleeping = github.clock.sleeping;
    const poll = client.poll();
    await eventually('poll held', () => github.clock.sleeping > sleeping || undefined);
    await client.closeSession();
    expect((await poll).status).toBe(404);
    expect((await client.closeSession()).status).toBe(404);
    expect((await client.refreshSession()).status).toBe(404);
  });
});
