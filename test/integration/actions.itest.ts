import { createWriteStream, readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { extract, type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArchiveLimits, rewriteArchive } from '../../src/adapters/github/action-tar.ts';
import type { ActionReference, ActionSource } from '../../src/ports/action-source.ts';
import { type GitHubScene, never, openGitHubScene } from '../support/github-scene.ts';
import { JOB, type MiniGitHub } from '../support/mini-github.ts';

const RESOLVE = `POST /actions/build/${JOB.planId}/jobs/${JOB.jobId}/runnerresolve/actions`;
const ARCHIVE = 'GET /codeload/octo/act/tar.gz';
const SHA = 'b8d1e6523d9961079ec9dc634035b8960498bf1b';
const act: ActionReference = { repository: 'Octo/Act', ref: 'v1' };

let scene: GitHubScene;
let github: MiniGitHub;
beforeEach(async () => {
  scene = await openGitHubScene();
  github = scene.github;
});
afterEach(() => scene[Symbol.asyncDispose]());

type Member = Partial<Header> & Pick<Header, 'name'> & { readonly content?: string };

async function tgz(...members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of members) archive.entry(header, content ?? '');
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
  return gzipSync(Buffer.concat(chunks));
}

const aRepository = (): Promise<Buffer> =>
  tgz(
    { name: 'act-b8d1e65/', type: 'directory' },
    { name: 'act-b8d1e65/action.yml', mode: 0o664, uid: 7, content: 'name: act\n' },
    { name: 'act-b8d1e65/dist/run.sh', mode: 0o775, content: '#!/bin/sh\n' },
    { name: 'act-b8d1e65/run', type: 'symlink', linkname: 'dist/run.sh' },
  );

/** Name, type, permissions and content of each member. */
async function membersOf(stream: AsyncIterable<Uint8Array>): Promise<string[]> {
  const members = extract();
  const seen: string[] = [];
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  members.end(Buffer.concat(chunks));
  for await (const entry of members) {
    const { name, type, mode, linkname } = entry.header;
    let content = '';
    for await (const chunk of entry) content += Buffer.from(chunk as Uint8Array).toString();
    seen.push(`${type} ${name} ${mode.toString(8)} ${linkname || content.trim()}`);
  }
  return seen;
}

const found = (change: object = {}): Record<string, unknown> => ({
  name: 'Octo/Act',
  resolved_name: 'octo/act',
  resolved_sha: SHA,
  tar_url: `${github.url}/codeload/octo/act/tar.gz`,
  zip_url: `${github.url}/codeload/octo/act/zip`,
  version: 'v1',
  authentication: null,
  ...change,
});
const answer = (change: object = {}) => ({
  status: 200,
  json: { actions: { 'octo/act@v1': found(change) } },
});

async function acquire(
  variables: Record<string, string> = {},
  change: object = {},
): Promise<ActionSource> {
  const message = github.jobMessage();
  const all = {
    'system.github.launch_endpoint': `${github.url}/launch/base`,
    'system.github.token': 'ghs_job',
    ...variables,
  };
  const given = Object.entries(all).map(([name, value]) => [name, { value }]);
  github.on('POST /run/7/acquirejob', {
    status: 200,
    json: {
      ...message,
      ...change,
      dependencies: ['octo/act@v1:sha'],
      variables: { ...(message['variables'] as object), ...Object.fromEntries(given) },
    },
  });
  return (await scene.acquire()).actions;
}

async function fetchOne(actions: ActionSource, wanted = act): Promise<string[]> {
  const [resolved] = await actions.resolve([wanted], never);
  if (resolved === undefined) throw new Error('nothing resolved');
  return membersOf(await actions.open(resolved, never));
}
const cached = (): string[] => readdirSync(scene.actionsFolder);

describe('resolving actions', () => {
  it('asks the launch service with the token of the job', async () => {
    github.on(RESOLVE, answer({ authentication: { token: 'ghs_act', expires_at: 'x' } }));
    const actions = await acquire();
    const resolved = await actions.resolve([act], never);
    const basic = Buffer.from('x-access-token:ghs_act').toString('base64');
    expect(resolved).toEqual([{ ...act, sha: SHA, secrets: ['ghs_act', basic] }]);
    const [request] = github.seen(RESOLVE);
    expect(request?.headers.authorization).toBe(`Bearer ${JOB.token}`);
    expect(request?.json()).toEqual({
      actions: [{ action: 'Octo/Act', version: 'v1', path: '' }],
      actions_dependencies: ['octo/act@v1:sha'],
    });
  });

  it('tries again, but not where the answer is final', async () => {
    const actions = await acquire();
    github.on(RESOLVE, [{ status: 500 }, { status: 200, hangUp: true }, answer()]);
    expect(await actions.resolve([act], never)).toHaveLength(1);
    github.on(RESOLVE, { status: 500 });
    await expect(actions.resolve([act], never)).rejects.toMatchObject({
      code: 'github-unreachable',
      message: 'Failed to resolve action download info: status 500',
    });
    expect(github.seen(RESOLVE)).toHaveLength(6);
    const errors = { a: { message: 'Unable to resolve action a' }, b: { message: 'Nor b' } };
    github.on(RESOLVE, { status: 422, json: { errors } });
    await expect(actions.resolve([act], never)).rejects.toMatchObject({
      code: 'action-missing',
      message: 'Unable to resolve action a. Nor b',
    });
    github.on(RESOLVE, { status: 429 });
    await expect(actions.resolve([act], never)).rejects.toThrow(/internal rate limit/);
    expect(github.seen(RESOLVE)).toHaveLength(8);
  });

  it('misses an action that the answer leaves out, and refuses strange answers', async () => {
    const actions = await acquire();
    github.on(RESOLVE, { status: 200, json: { actions: {} } });
    await expect(actions.resolve([act], never)).rejects.toMatchObject({
      code: 'action-missing',
      message: 'Missing download info for Octo/Act@v1',
    });
    for (const odd of [{ tar_url: 'file:///etc/passwd' }, { resolved_name: 'a/../b' }]) {
      github.on(RESOLVE, answer(odd));
      await expect(actions.resolve([act], never)).rejects.toThrow(/unknown shape/);
    }
  });

  it('uses the REST API where there is no launch service', async () => {
    const githubContext = { t: 2, d: [{ k: 'api_url', v: `${github.url}/api/v3` }] };
    const context = { ...(github.jobMessage()['contextData'] as object), github: githubContext };
    const none = { 'system.github.launch_endpoint': '' };
    const actions = await acquire(none, { contextData: context });
    const commit = 'GET /api/v3/repos/Octo/Act/commits/releases/v1';
    github.on(commit, { status: 200, json: { sha: SHA } });
    github.on(`GET /api/v3/repos/Octo/Act/tarball/${SHA}`, {
      status: 200,
      body: await aRepository(),
    });
    expect(await fetchOne(actions, { ...act, ref: 'releases/v1' })).toHaveLength(3);
    expect(github.seen(commit)[0]?.headers.authorization).toBe('Bearer ghs_job');
    github.on(commit, { status: 404 });
    await expect(actions.resolve([{ ...act, ref: 'releases/v1' }], never)).rejects.toMatchObject({
      code: 'action-missing',
    });
  });

  it('says so where the job names neither', async () => {
    const actions = await acquire({ 'system.github.launch_endpoint': '' }, { contextData: {} });
    expect(await actions.resolve([], never)).toEqual([]);
    await expect(actions.resolve([act], never)).rejects.toMatchObject({
      code: 'action-missing',
      message: 'The job does not say where its actions are: Octo/Act@v1',
    });
  });
});

describe('the archive of an action', () => {
  it('comes without its top folder, owners and odd permissions', async () => {
    github.on(RESOLVE, answer());
    github.on(ARCHIVE, { status: 200, body: await aRepository() });
    expect(await fetchOne(await acquire())).toEqual([
      'file action.yml 644 name: act',
      'file dist/run.sh 755 #!/bin/sh',
      'symlink run 755 dist/run.sh',
    ]);
  });

  it('is downloaded with the token of the answer, else that of the job', async () => {
    github.on(ARCHIVE, { status: 200, body: await aRepository() });
    github.on(RESOLVE, [
      answer({ authentication: { token: 'ghs_act' } }),
      answer({ resolved_sha: SHA.replace('b', 'c') }),
    ]);
    const actions = await acquire();
    await fetchOne(actions);
    await fetchOne(actions);
    const sent = github.seen(ARCHIVE).map(({ headers }) => headers.authorization ?? '');
    const plain = sent.map((each) => Buffer.from(each.split(' ')[1] ?? '', 'base64').toString());
    expect(plain).toEqual(['x-access-token:ghs_act', 'x-access-token:ghs_job']);
  });

  it('is fetched once for all jobs, each of which must be allowed to have it', async () => {
    github.on(RESOLVE, answer());
    github.on(ARCHIVE, { status: 200, body: await aRepository() });
    const jobs = [await acquire(), await acquire(), await acquire()];
    await Promise.all(jobs.map((job) => fetchOne(job)));
    const stranger = await acquire();
    const known = { ...act, sha: SHA, secrets: [] };
    await expect(stranger.open(known, never)).rejects.toMatchObject({ code: 'action-missing' });
    await fetchOne(stranger);
    expect(github.seen(ARCHIVE)).toHaveLength(1);
    expect(github.seen(RESOLVE)).toHaveLength(4);
    expect(cached()).toEqual([`octo+act+${SHA}.tar`]);
  });

  it('is tried again when it breaks off, and not when it is not there', async () => {
    github.on(RESOLVE, answer());
    const body = await aRepository();
    const cut = { status: 200, body: body.subarray(0, 60), hangUp: true };
    github.on(ARCHIVE, [{ status: 503 }, cut, { status: 200, body }]);
    const actions = await acquire();
    expect(await fetchOne(actions)).toHaveLength(3);
    github.on(RESOLVE, answer({ resolved_sha: SHA.replace('b', 'c') }));
    github.on(ARCHIVE, { status: 404 });
    await expect(fetchOne(actions)).rejects.toMatchObject({ code: 'action-missing' });
    expect(github.seen(ARCHIVE)).toHaveLength(4);
    expect(cached()).toEqual([`octo+act+${SHA}.tar`]);
  });

  it.each([
    ['no archive', () => Buffer.from('<html>')],
    ['half an archive', async () => gzipSync((await aRepository()).subarray(0, 100))],
    ['an empty archive', () => tgz()],
    ['a path that climbs out', () => tgz({ name: 'act/../../x', content: 'x' })],
    ['a link to the outside', () => tgz({ name: 'act/x', type: 'symlink', linkname: '/etc' })],
    ['a device', () => tgz({ name: 'act/x', type: 'character-device' })],
  ] as const)('is refused when it is or has %s', async (_what, body) => {
    github.on(RESOLVE, answer());
    github.on(ARCHIVE, { status: 200, body: await body() });
    await expect(fetchOne(await acquire())).rejects.toMatchObject({
      code: 'action-unusable',
      message: expect.stringContaining('The archive of the action Octo/Act@v1'),
    });
    expect(cached()).toEqual([]);
  });

  it('names a full disk instead of calling the archive broken', async () => {
    const archive = Readable.from([await aRepository()]);
    const limits = { maxBytes: 1_000_000, maxMembers: 100 };
    const written = rewriteArchive(archive, createWriteStream('/dev/full'), limits);
    await expect(written).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('is refused when it is too large or has too many members', async () => {
    const rewrite = async (limits: ArchiveLimits): Promise<void> =>
      rewriteArchive(Readable.from([await aRepository()]), createWriteStream('/dev/null'), limits);
    await expect(rewrite({ maxBytes: 1_000, maxMembers: 100 })).rejects.toMatchObject({
      code: 'action-unusable',
    });
    await expect(rewrite({ maxBytes: 1_000_000, maxMembers: 2 })).rejects.toMatchObject({
      message: 'has more than 2 members',
    });
  });

  it('is given up by a cancelled job, but not for the others', async () => {
    github.on(RESOLVE, answer());
    let serve: () => void = () => undefined;
    const served = new Promise<void>((resolve) => {
      serve = resolve;
    });
    const body = await aRepository();
    github.on(ARCHIVE, async () => {
      await served;
      return { status: 200, body };
    });
    const [one, two] = [await acquire(), await acquire()];
    const cancel = new AbortController();
    const [resolved] = await one.resolve([act], never);
    if (resolved === undefined) throw new Error('nothing resolved');
    const cancelled = one.open(resolved, cancel.signal);
    const other = fetchOne(two);
    cancel.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    serve();
    expect(await other).toHaveLength(3);
    expect(github.seen(ARCHIVE)).toHaveLength(1);
  });
});
