import { z } from 'zod';
import { ACTOR } from '../../events/payloads.ts';
import { githubError } from '../../http/refusal.ts';
import { bodyOf, param } from '../../http/request.ts';
import { statusJson } from '../../present/checks.ts';
import { commitJson } from '../../present/commits.ts';
import { repositoryJson, userJson } from '../../present/identity.ts';
import type { CommitStatus } from '../../state/checks.ts';
import { fullName } from '../../state/model.ts';
import { pathOf, repositoryOf } from '../lookup.ts';
import { type Answer, array, type Call, created, listed, type Operation } from '../operation.ts';
import { commitOf } from '../repos/commits.ts';

const REPO = '/repos/{owner}/{repo}';

const body = z.looseObject({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  target_url: z.string().nullish(),
  description: z.string().max(140).nullish(),
  context: z.string().default('default'),
});

/** Commit statuses, the older way to say how a commit does. */
export const STATUS_OPERATIONS: readonly Operation[] = [
  {
    id: 'repos/create-commit-status',
    method: 'POST',
    path: `${REPO}/statuses/{sha}`,
    access: 'statuses=write',
    answer: create,
  },
  {
    id: 'repos/list-commit-statuses-for-ref',
    method: 'GET',
    path: `${REPO}/commits/{ref}/statuses`,
    access: 'statuses=read',
    answer: async (call) =>
      array(call, await statusesOf(call), (each) => ({
        ...statusJson(each, repositoryOf(call), call.url),
        creator: userJson(each.creator, call.url),
      })),
  },
  {
    id: 'repos/get-combined-status-for-ref',
    method: 'GET',
    path: `${REPO}/commits/{ref}/status`,
    access: 'statuses=read',
    answer: combined,
  },
];

async function create(call: Call): Promise<Answer> {
  const { store, clock, history } = call.world;
  const repository = repositoryOf(call);
  const sha = param(call.request, 'sha');
  if ((await history.resolveName(pathOf(call.world, repository), sha)) !== sha) {
    throw githubError(422, `No commit found for SHA: ${sha}`);
  }
  const { state, context, description = null, target_url = null } = bodyOf(call.request, body);
  const status: CommitStatus = {
    id: store.nextId(),
    repositoryId: repository.id,
    ...{ sha, state, context, description, targetUrl: target_url },
    creator: ACTOR,
    createdAt: clock.now(),
  };
  store.statuses.set(status.id, status);
  const json = statusJson(status, repository, call.url);
  await announce(call, status);
  return created({ ...json, creator: userJson(ACTOR, call.url) });
}

async function announce(call: Call, status: CommitStatus): Promise<void> {
  const { world, url } = call;
  const repository = repositoryOf(call);
  const [commit] = await world.objects.log(pathOf(world, repository), status.sha);
  const { url: _, node_id: __, ...members } = statusJson(status, repository, url);
  world.webhooks.about(repository, 'status', null, {
    ...members,
    sha: status.sha,
    name: fullName(repository),
    branches: [],
    commit: commit === undefined ? null : commitJson(repository, commit, url),
  });
}

/** Newest first. */
async function statusesOf(call: Call): Promise<readonly CommitStatus[]> {
  const sha = await commitOf(call);
  const repository = repositoryOf(call);
  return [...call.world.store.statuses.values()]
    .filter((status) => status.repositoryId === repository.id && status.sha === sha)
    .reverse();
}

/** The newest of each context together: one failure fails, one that is pending keeps all pending. */
async function combined(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const sha = await commitOf(call);
  const oldestFirst = (await statusesOf(call)).toReversed();
  const latest = [...new Map(oldestFirst.map((status) => [status.context, status])).values()];
  const { url } = call;
  return listed(call, 'statuses', latest, (each) => statusJson(each, repository, url), {
    state: stateOf(latest),
    sha,
    repository: repositoryJson(repository, url),
    commit_url: `${url}/api/v3/repos/${fullName(repository)}/commits/${sha}`,
    url: `${url}/api/v3/repos/${fullName(repository)}/commits/${sha}/status`,
  });
}

function stateOf(statuses: readonly CommitStatus[]) {
  const states = statuses.map(({ state }) => state);
  if (states.includes('failure') || states.includes('error')) return 'failure';
  return states.length === 0 || states.includes('pending') ? 'pending' : 'success';
}
