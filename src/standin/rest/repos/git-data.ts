import { z } from 'zod';
import { NO_COMMIT } from '../../git/repositories.ts';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf, param, query } from '../../http/request.ts';
import { commitJson, gitCommitJson, refJson } from '../../present/commits.ts';
import { fullName } from '../../state/model.ts';
import { pathOf, repositoryOf } from '../lookup.ts';
import {
  type Answer,
  array,
  type Call,
  created,
  noContent,
  type Operation,
  ok,
} from '../operation.ts';

const REPO = '/repos/{owner}/{repo}';
const GIT = `${REPO}/git`;

const createBody = z.looseObject({ ref: z.string(), sha: z.string() });
const updateBody = z.looseObject({ sha: z.string(), force: z.boolean().default(false) });

/** Branches, and git's own objects: refs, trees, blobs and commits. */
export const GIT_OPERATIONS: readonly Operation[] = [
  {
    id: 'repos/list-branches',
    method: 'GET',
    path: `${REPO}/branches`,
    access: 'contents=read',
    answer: async (call) => {
      const all = [...(await refsOf(call))].filter(([ref]) => ref.startsWith('refs/heads/'));
      return array(call, all, ([ref, sha]) => branchJson(call, ref, sha));
    },
  },
  {
    id: 'repos/get-branch',
    method: 'GET',
    path: `${REPO}/branches/{branch}`,
    access: 'contents=read',
    answer: getBranch,
  },
  {
    id: 'git/get-ref',
    method: 'GET',
    path: `${GIT}/ref/{ref}`,
    access: 'contents=read',
    answer: async (call) => {
      const ref = `refs/${param(call.request, 'ref')}`;
      return ok(shownRef(call, ref, (await refsOf(call)).get(ref)));
    },
  },
  {
    id: 'git/list-matching-refs',
    method: 'GET',
    path: `${GIT}/matching-refs/{ref}`,
    access: 'contents=read',
    answer: async (call) => {
      const prefix = `refs/${param(call.request, 'ref')}`;
      const found = [...(await refsOf(call))].filter(([ref]) => ref.startsWith(prefix));
      return ok(found.map(([ref, sha]) => shownRef(call, ref, sha)));
    },
  },
  {
    id: 'git/create-ref',
    method: 'POST',
    path: `${GIT}/refs`,
    access: 'contents=write',
    createsContent: true,
    answer: createRef,
  },
  {
    id: 'git/update-ref',
    method: 'PATCH',
    path: `${GIT}/refs/{ref}`,
    access: 'contents=write',
    answer: updateRef,
  },
  {
    id: 'git/delete-ref',
    method: 'DELETE',
    path: `${GIT}/refs/{ref}`,
    access: 'contents=write',
    answer: deleteRef,
  },
  {
    id: 'git/get-tree',
    method: 'GET',
    path: `${GIT}/trees/{tree_sha}`,
    access: 'contents=read',
    answer: getTree,
  },
  {
    id: 'git/get-blob',
    method: 'GET',
    path: `${GIT}/blobs/{file_sha}`,
    access: 'contents=read',
    answer: getBlob,
  },
  {
    id: 'git/get-commit',
    method: 'GET',
    path: `${GIT}/commits/{commit_sha}`,
    access: 'contents=read',
    answer: async (call) => {
      const repository = repositoryOf(call);
      const path = pathOf(call.world, repository);
      const sha = await call.world.history.resolveName(path, param(call.request, 'commit_sha'));
      const [commit] = sha === null ? [] : await call.world.objects.log(path, sha);
      if (commit === undefined) throw notFound();
      return ok(gitCommitJson(repository, commit, call.url));
    },
  },
];

const refsOf = (call: Call): Promise<ReadonlyMap<string, string>> =>
  call.world.repositories.refs(pathOf(call.world, repositoryOf(call)));

function shownRef(call: Call, ref: string, sha: string | undefined) {
  if (sha === undefined) throw notFound();
  return refJson(repositoryOf(call), ref, sha, call.url);
}

const branchJson = (call: Call, ref: string, sha: string) => ({
  name: ref.slice('refs/heads/'.length),
  commit: {
    sha,
    url: `${call.url}/api/v3/repos/${fullName(repositoryOf(call))}/commits/${sha}`,
  },
  protected: false,
});

async function getBranch(call: Call): Promise<Answer> {
  const { world, url } = call;
  const repository = repositoryOf(call);
  const name = param(call.request, 'branch');
  const sha = (await refsOf(call)).get(`refs/heads/${name}`);
  const [commit] = sha === undefined ? [] : await world.objects.log(pathOf(world, repository), sha);
  if (commit === undefined) throw githubError(404, 'Branch not found');
  const path = encodeURIComponent(name);
  const self = `${url}/api/v3/repos/${fullName(repository)}/branches/${path}`;
  return ok({
    name,
    commit: commitJson(repository, commit, url),
    _links: { self, html: `${url}/${fullName(repository)}/tree/${path}` },
    protected: false,
    protection: { enabled: false },
    protection_url: `${self}/protection`,
  });
}

async function createRef(call: Call): Promise<Answer> {
  const { ref, sha } = bodyOf(call.request, createBody);
  if (!/^refs\/[^/]+\/./.test(ref)) {
    throw githubError(422, `Reference name must start with 'refs' and have at least two slashes.`);
  }
  if ((await refsOf(call)).has(ref)) throw githubError(422, 'Reference already exists');
  await move(call, ref, NO_COMMIT, sha);
  return created(shownRef(call, ref, sha));
}

async function updateRef(call: Call): Promise<Answer> {
  const { sha, force } = bodyOf(call.request, updateBody);
  const ref = `refs/${param(call.request, 'ref')}`;
  const before = (await refsOf(call)).get(ref);
  if (before === undefined) throw githubError(422, 'Reference does not exist');
  const path = pathOf(call.world, repositoryOf(call));
  if (!force && (await call.world.history.mergeBase(path, before, sha)) !== before) {
    throw githubError(422, 'Update is not a fast forward');
  }
  await move(call, ref, before, sha);
  return ok(shownRef(call, ref, sha));
}

async function deleteRef(call: Call): Promise<Answer> {
  const ref = `refs/${param(call.request, 'ref')}`;
  const before = (await refsOf(call)).get(ref);
  if (before === undefined) throw githubError(422, 'Reference does not exist');
  await move(call, ref, before, NO_COMMIT);
  return noContent();
}

/** Moves a ref, which is a push like any other. */
async function move(call: Call, ref: string, before: string, after: string): Promise<void> {
  const { world } = call;
  const repository = repositoryOf(call);
  const path = pathOf(world, repository);
  if (after !== NO_COMMIT && (await world.history.resolve(path, after)) !== after) {
    throw githubError(422, 'Object does not exist');
  }
  const isDone = await world.repositories.moveRef(path, ref, before, after);
  if (!isDone) throw githubError(422, `Reference cannot be updated: ${ref}`);
  world.background.run('push', () => world.pushed(repository, { ref, before, after }));
}

async function getTree(call: Call): Promise<Answer> {
  const { world, request, url } = call;
  const repository = repositoryOf(call);
  const name = param(request, 'tree_sha');
  const path = pathOf(world, repository);
  const sha = /^[0-9a-f]{40}$/.test(name) ? name : await world.history.resolveName(path, name);
  const recursive = query(request, 'recursive') !== undefined;
  const entries = sha === null ? null : await world.objects.tree(path, sha, { recursive });
  if (entries === null || sha === null) throw notFound();
  const api = `${url}/api/v3/repos/${fullName(repository)}/git`;
  const tree = entries.map(({ size, type, ...entry }) => ({
    ...entry,
    type,
    ...(size === null ? {} : { size }),
    ...(type === 'commit' ? {} : { url: `${api}/${type}s/${entry.sha}` }),
  }));
  return ok({ sha, url: `${api}/trees/${sha}`, tree, truncated: false });
}

async function getBlob(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const sha = param(call.request, 'file_sha');
  if (!/^[0-9a-f]{40}$/.test(sha))
    throw githubError(
      422,
      'The sha parameter must be exactly 40 characters and contain only [0-9a-f].',
    );
  const content = await call.world.history.readBlob(pathOf(call.world, repository), sha);
  if (content === null) throw notFound();
  return ok({
    sha,
    node_id: `B_${Buffer.from(sha).toString('base64url')}`,
    size: content.length,
    url: `${call.url}/api/v3/repos/${fullName(repository)}/git/blobs/${sha}`,
    content: content.toString('base64'),
    encoding: 'base64',
  });
}
