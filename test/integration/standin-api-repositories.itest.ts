import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT_OPERATIONS } from '../../src/standin/rest/account.ts';
import { STATUS_OPERATIONS } from '../../src/standin/rest/checks/statuses.ts';
import { PULL_OPERATIONS } from '../../src/standin/rest/pulls/pulls.ts';
import { ARCHIVE_OPERATIONS } from '../../src/standin/rest/repos/archives.ts';
import { COMMIT_OPERATIONS } from '../../src/standin/rest/repos/commits.ts';
import { CONTENT_OPERATIONS } from '../../src/standin/rest/repos/contents.ts';
import { GIT_OPERATIONS } from '../../src/standin/rest/repos/git-data.ts';
import { REPOSITORY_OPERATIONS } from '../../src/standin/rest/repos/repositories.ts';
import { ApiCalls } from './standin/api-calls.ts';
import type { Fixture } from './standin/fixture.ts';

const REPO = '/repos/octo/api';

let calls: ApiCalls;
let github: Fixture;
let ask: ApiCalls['ask'];
let sha: string;

beforeAll(async () => {
  calls = await ApiCalls.start();
  ({ github, ask } = calls);
  await github.repository('octo/api', { 'ci.yml': 'on: push' });
  sha = (await github.get(`${REPO}/git/ref/heads/main`)).body.object.sha;
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

describe('every operation', () => {
  it('repositories, files, commits and git objects', async () => {
    await ask(201, 'POST', '/orgs/octo/repos', { name: 'made', private: true });
    await ask(422, 'POST', '/orgs/octo/repos', { name: 'made' });
    await ask(201, 'POST', '/user/repos', { name: 'mine' });
    await ask(200, 'PATCH', '/repos/octo/made', { visibility: 'public' });
    for (const path of ['/orgs/octo/repos', '/users/octo/repos', '/user/repos', REPO]) {
      await ask(200, 'GET', path);
    }
    await ask(204, 'DELETE', '/repos/octo/made');
    await ask(409, 'GET', '/repos/octocat/mine/commits');
    await ask(200, 'GET', `${REPO}/contents/.github/workflows`);
    await ask(200, 'GET', `${REPO}/contents/.github/workflows/ci.yml?ref=main`);
    const branch = { ref: 'refs/heads/feature/x', sha };
    await ask(201, 'POST', `${REPO}/git/refs`, branch);
    await ask(422, 'POST', `${REPO}/git/refs`, branch);
    const newer = await github.push('octo/api', { 'a.txt': 'a' }, 'main');
    await ask(200, 'PATCH', `${REPO}/git/refs/heads/feature/x`, { sha: newer });
    await ask(422, 'PATCH', `${REPO}/git/refs/heads/feature/x`, { sha });
    await ask(200, 'GET', `${REPO}/git/ref/heads/feature/x`);
    await ask(200, 'GET', `${REPO}/git/matching-refs/heads/`);
    await ask(200, 'GET', `${REPO}/branches`);
    await ask(200, 'GET', `${REPO}/branches/feature/x`);
    await ask(204, 'DELETE', `${REPO}/git/refs/heads/feature/x`);
    await ask(404, 'GET', `${REPO}/branches/feature/x`);
    expect((await ask(200, 'GET', `${REPO}/commits?per_page=1`)).headers.get('link')).toMatch(
      /last/,
    );
    await ask(200, 'GET', `${REPO}/commits/main`);
    await ask(200, 'GET', `${REPO}/compare/${sha}...main`);
    await ask(200, 'GET', `${REPO}/git/commits/${newer}`);
    const tree = await ask(200, 'GET', `${REPO}/git/trees/main?recursive=1`);
    const blob = tree.body.tree.find((each: { path: string }) => each.path === 'a.txt');
    await ask(200, 'GET', `${REPO}/git/blobs/${blob.sha}`);
    await ask(302, 'GET', `${REPO}/tarball/main`);
    await ask(302, 'GET', `${REPO}/zipball/main`);
    await ask(404, 'GET', `${REPO}/tarball/nothing`);
    await ask(201, 'POST', `${REPO}/statuses/${newer}`, { state: 'success', context: 'ci' });
    await ask(422, 'POST', `${REPO}/statuses/${newer}`, { state: 'fine' });
    await ask(200, 'GET', `${REPO}/commits/main/statuses`);
    expect((await ask(200, 'GET', `${REPO}/commits/main/status`)).body.state).toBe('success');
  });

  it('pull requests', async () => {
    await github.push('octo/api', { 'b.txt': 'b' }, 'topic');
    const pulls = `${REPO}/pulls`;
    const made = await ask(201, 'POST', pulls, { title: 'B', head: 'topic', base: 'main' });
    const one = `${pulls}/${made.body.number}`;
    await ask(422, 'POST', pulls, { title: 'B', head: 'topic', base: 'main' });
    await ask(200, 'GET', `${pulls}?state=all`);
    await ask(200, 'GET', one);
    await ask(200, 'PATCH', one, { title: 'C' });
    await ask(200, 'PUT', `${one}/merge`, {});
    await ask(204, 'GET', `${one}/merge`);
    await ask(404, 'GET', `${pulls}/99`);
  });

  it('accounts and the API itself', async () => {
    for (const path of [
      '/user',
      '/users/mona',
      '/orgs/octo',
      '/rate_limit',
      '/meta',
      '/versions',
    ]) {
      await ask(200, 'GET', path);
    }
    await ask(200, 'GET', '/zen');
    await ask(200, 'GET', `${REPO}/actions/artifacts`);
    await ask(200, 'GET', `${REPO}/actions/caches`);
    await ask(200, 'GET', `${REPO}/actions/cache/usage`);
    await ask(422, 'DELETE', `${REPO}/actions/caches`);
    await ask(404, 'DELETE', `${REPO}/actions/caches/1`);
  });
});

it('leaves out no operation of repositories and accounts', () => {
  const files = [...CONTENT_OPERATIONS, ...COMMIT_OPERATIONS, ...GIT_OPERATIONS];
  const others = [...REPOSITORY_OPERATIONS, ...PULL_OPERATIONS, ...ARCHIVE_OPERATIONS];
  const missing = calls.missing([...files, ...others, ...STATUS_OPERATIONS, ...ACCOUNT_OPERATIONS]);
  expect(missing).toEqual([]);
});
