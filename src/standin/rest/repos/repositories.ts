import { z } from 'zod';
import { ACTOR } from '../../events/payloads.ts';
import { githubError, invalidField } from '../../http/refusal.ts';
import { bodyOf, param, query } from '../../http/request.ts';
import { fullRepositoryJson, repositoryJson } from '../../present/identity.ts';
import { REPOSITORY_NAME, type Repository } from '../../state/model.ts';
import { mayRead } from '../callers/caller.ts';
import { pathOf, repositoryOf, sameScope } from '../lookup.ts';
import {
  type Answer,
  array,
  type Call,
  created,
  noContent,
  type Operation,
  ok,
} from '../operation.ts';

const createBody = z.looseObject({
  name: z.string(),
  private: z.boolean().optional(),
  visibility: z.enum(['public', 'private']).optional(),
});
const updateBody = z.looseObject({
  private: z.boolean().optional(),
  visibility: z.enum(['public', 'private']).optional(),
  default_branch: z.string().optional(),
});

/** Repositories themselves. */
export const REPOSITORY_OPERATIONS: readonly Operation[] = [
  {
    id: 'repos/get',
    method: 'GET',
    path: '/repos/{owner}/{repo}',
    access: 'metadata=read',
    answer: (call) => ok(fullRepositoryJson(repositoryOf(call), call.url)),
  },
  {
    id: 'repos/update',
    method: 'PATCH',
    path: '/repos/{owner}/{repo}',
    access: 'administration=write',
    answer: update,
  },
  {
    id: 'repos/delete',
    method: 'DELETE',
    path: '/repos/{owner}/{repo}',
    access: 'administration=write',
    answer: remove,
  },
  {
    id: 'repos/list-for-org',
    method: 'GET',
    path: '/orgs/{org}/repos',
    access: 'metadata=read',
    answer: (call) => list(call, param(call.request, 'org')),
  },
  {
    id: 'repos/list-for-user',
    method: 'GET',
    path: '/users/{username}/repos',
    access: 'metadata=read',
    answer: (call) => list(call, param(call.request, 'username')),
  },
  {
    id: 'repos/list-for-authenticated-user',
    method: 'GET',
    path: '/user/repos',
    access: 'user',
    answer: (call) => list(call, null),
  },
  {
    id: 'repos/create-in-org',
    method: 'POST',
    path: '/orgs/{org}/repos',
    access: 'administration=write',
    createsContent: true,
    answer: (call) => create(call, param(call.request, 'org')),
  },
  {
    id: 'repos/create-for-authenticated-user',
    method: 'POST',
    path: '/user/repos',
    access: 'user',
    createsContent: true,
    answer: (call) => create(call, ACTOR),
  },
];

/** Those that the caller sees, of one owner or of all. */
function list(call: Call, owner: string | null): Answer {
  const { caller, request, url } = call;
  const type = query(request, 'type') ?? query(request, 'visibility') ?? 'all';
  const all = [...call.world.store.repositories.values()]
    .filter((repository) => owner === null || sameScope(repository.owner, owner))
    .filter((repository) => mayRead(caller, repository))
    .filter(
      (repository) =>
        !['public', 'private'].includes(type) || repository.private === (type === 'private'),
    )
    .toSorted((a, b) => b.createdAt - a.createdAt || b.id - a.id);
  return array(call, all, (repository) => repositoryJson(repository, url));
}

async function create(call: Call, owner: string): Promise<Answer> {
  const { world, url } = call;
  const body = bodyOf(call.request, createBody);
  if (!REPOSITORY_NAME.test(body.name)) throw invalidField('Repository', 'name');
  if (world.store.repository(owner, body.name) !== undefined) {
    throw githubError(422, 'Repository creation failed.', {
      errors: [
        {
          resource: 'Repository',
          field: 'name',
          code: 'custom',
          message: 'name already exists on this account',
        },
      ],
    });
  }
  await world.repositories.create(owner, body.name);
  const repository = world.store.addRepository(owner, body.name);
  repository.private = isPrivate(body) ?? false;
  return created(fullRepositoryJson(repository, url));
}

const isPrivate = (body: z.infer<typeof updateBody>): boolean | undefined =>
  body.visibility === undefined ? body.private : body.visibility === 'private';

async function update(call: Call): Promise<Answer> {
  const { world, request, url } = call;
  const repository = repositoryOf(call);
  const body = bodyOf(request, updateBody);
  if (body.default_branch !== undefined)
    await setDefaultBranch(call, repository, body.default_branch);
  repository.private = isPrivate(body) ?? repository.private;
  world.offers.offerJobs();
  return ok(fullRepositoryJson(repository, url));
}

async function setDefaultBranch({ world }: Call, repository: Repository, branch: string) {
  const path = pathOf(world, repository);
  if (!(await world.repositories.refs(path)).has(`refs/heads/${branch}`)) {
    throw githubError(422, 'Validation Failed', {
      errors: [
        `The branch ${branch} was not found. Please push that ref first or create it via the Git Data API.`,
      ].map((message) => ({
        resource: 'Repository',
        field: 'default_branch',
        code: 'invalid',
        message,
      })),
    });
  }
  await world.repositories.setDefaultBranch(path, branch);
  repository.defaultBranch = branch;
}

async function remove(call: Call): Promise<Answer> {
  const { store, repositories } = call.world;
  const repository = repositoryOf(call);
  const isBusy = [...store.runs.values()].some(
    (run) => run.repository === repository && run.status !== 'completed',
  );
  if (isBusy)
    throw githubError(403, 'A repository with workflow runs that go on cannot be deleted');
  store.repositories.delete(`${repository.owner}/${repository.name}`.toLowerCase());
  await repositories.remove(repository.owner, repository.name);
  return noContent();
}
