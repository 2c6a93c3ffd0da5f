import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/standin/rest/operations.ts';
import { GROUP_ACCESS_OPERATIONS } from '../../src/standin/rest/runners/group-access.ts';
import { GROUP_MEMBER_OPERATIONS } from '../../src/standin/rest/runners/group-members.ts';
import { GROUP_OPERATIONS } from '../../src/standin/rest/runners/groups.ts';
import { LABEL_OPERATIONS } from '../../src/standin/rest/runners/labels.ts';
import { RUNNER_OPERATIONS } from '../../src/standin/rest/runners/runners.ts';
import { idOfLogin } from '../../src/standin/state/accounts.ts';
import { ApiCalls } from './standin/api-calls.ts';
import { type Fixture, TOKEN } from './standin/fixture.ts';
import { describedOperations } from './standin/schema/description.ts';
import { complaintsAbout } from './standin/schema/validate.ts';

const REPO = '/repos/octo/api';

let calls: ApiCalls;
let github: Fixture;
let ask: ApiCalls['ask'];

beforeAll(async () => {
  calls = await ApiCalls.start();
  ({ github, ask } = calls);
  await github.repository('octo/api', {});
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

describe('the list of operations', () => {
  it('is of GitHub: every id, method and path', () => {
    for (const { id, method, path } of OPERATIONS) {
      expect(describedOperations().get(id)).toMatchObject({ method, path });
    }
  });

  it('refuses bad tokens and unknown repositories in every operation', async () => {
    for (const { method, path, access } of OPERATIONS) {
      const real = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => name.slice(0, 4));
      const send = (token: string) =>
        github.request(method, real, method === 'GET' ? undefined : {}, token, {}, 'manual');
      expect((await send('ghs_nobody')).status, `${method} ${real}`).toBe(401);
      if (access === 'app' || !path.startsWith('/repos/')) continue;
      expect((await send(TOKEN)).status, `${method} ${real}`).toBe(404);
    }
  });

  it('the checker finds what does not fit', () => {
    const exchange = { method: 'GET', path: '/repos/o/r/actions/runners', contentType: 'json' };
    const runner = { id: 'one', name: 'a', os: 'x', status: 'online', busy: false, labels: [] };
    const body = { total_count: 1, runners: [runner] };
    expect(complaintsAbout({ ...exchange, status: 200, body }).join()).toContain('/runners/0/id');
    expect(complaintsAbout({ ...exchange, status: 404, body: {} })).not.toEqual([]);
    expect(complaintsAbout({ ...exchange, path: '/nothing', status: 200, body })).not.toEqual([]);
  });
});

describe('every operation', () => {
  it.each([
    ['/repos/octo/api', 'repo'],
    ['/orgs/octo', 'org'],
    ['/enterprises/acme', 'enterprise'],
  ])('runners of %s', async (base) => {
    const runners = `${base}/actions/runners`;
    const body = { name: 'r', runner_group_id: 1, labels: ['self-hosted', 'A'] };
    const made = await ask(201, 'POST', `${runners}/generate-jitconfig`, body);
    const one = `${runners}/${made.body.runner.id}`;
    await ask(409, 'POST', `${runners}/generate-jitconfig`, body);
    await ask(200, 'GET', `${runners}?name=r`);
    await ask(200, 'GET', one);
    await ask(200, 'GET', `${runners}/downloads`);
    await ask(201, 'POST', `${runners}/registration-token`);
    await ask(201, 'POST', `${runners}/remove-token`);
    await ask(200, 'GET', `${one}/labels`);
    expect((await ask(200, 'POST', `${one}/labels`, { labels: ['B'] })).body.total_count).toBe(3);
    await ask(422, 'POST', `${one}/labels`, { labels: [] });
    await ask(200, 'PUT', `${one}/labels`, { labels: ['c'] });
    await ask(422, 'DELETE', `${one}/labels/self-hosted`);
    await ask(404, 'DELETE', `${one}/labels/b`);
    await ask(200, 'DELETE', `${one}/labels/c`);
    await ask(200, 'DELETE', `${one}/labels`);
    await ask(204, 'DELETE', one);
  });

  it.each([
    ['/orgs/octo', 'repositories'],
    ['/enterprises/acme', 'organizations'],
  ])('runner groups of %s', async (base, selected) => {
    const groups = `${base}/actions/runner-groups`;
    const group = await ask(201, 'POST', groups, { name: 'fast', visibility: 'selected' });
    const one = `${groups}/${group.body.id}`;
    await ask(409, 'POST', groups, { name: 'FAST' });
    await ask(422, 'POST', groups, {});
    expect((await ask(200, 'GET', groups)).body.total_count).toBe(2);
    await ask(200, 'GET', one);
    await ask(200, 'PATCH', one, { name: 'faster', allows_public_repositories: true });
    await ask(422, 'PATCH', `${groups}/1`, { name: 'other' });
    const id = selected === 'repositories' ? (await github.get(REPO)).body.id : idOfLogin('octo');
    const singular = selected === 'repositories' ? 'repository' : 'organization';
    await ask(204, 'PUT', `${one}/${selected}`, { [`selected_${singular}_ids`]: [id] });
    expect((await ask(200, 'GET', `${one}/${selected}`)).body.total_count).toBe(1);
    await ask(204, 'DELETE', `${one}/${selected}/${id}`);
    await ask(204, 'PUT', `${one}/${selected}/${id}`);
    const body = { name: 'g', runner_group_id: group.body.id, labels: ['a'] };
    const runner = await ask(201, 'POST', `${base}/actions/runners/generate-jitconfig`, body);
    const member = `${one}/runners/${runner.body.runner.id}`;
    expect((await ask(200, 'GET', `${one}/runners`)).body.total_count).toBe(1);
    await ask(204, 'DELETE', member);
    await ask(204, 'PUT', member);
    await ask(204, 'PUT', `${one}/runners`, { runners: [] });
    await ask(204, 'DELETE', one);
    await ask(422, 'DELETE', `${groups}/1`);
  });
});

it('leaves out no operation of runners and groups', () => {
  const groups = [...GROUP_OPERATIONS, ...GROUP_MEMBER_OPERATIONS, ...GROUP_ACCESS_OPERATIONS];
  expect(calls.missing([...RUNNER_OPERATIONS, ...LABEL_OPERATIONS, ...groups])).toEqual([]);
});
