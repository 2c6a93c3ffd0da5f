import { z } from 'zod';
import { ACTOR } from '../../events/payloads.ts';
import { headRepositories } from '../../events/pulls.ts';
import { githubError, missingField, notFound } from '../../http/refusal.ts';
import { bodyOf, query } from '../../http/request.ts';
import { pullJson, pullSummaryJson } from '../../present/pulls.ts';
import type { Repository } from '../../state/model.ts';
import { type PullRequest, pullsOf } from '../../state/pulls.ts';
import { numberOf, repositoryOf } from '../lookup.ts';
import {
  type Answer,
  array,
  type Call,
  created,
  noContent,
  type Operation,
  ok,
} from '../operation.ts';

const PULLS = '/repos/{owner}/{repo}/pulls';
const ONE = `${PULLS}/{pull_number}`;

const createBody = z.looseObject({
  title: z.string().optional(),
  head: z.string().optional(),
  base: z.string().optional(),
  body: z.string().nullish(),
  draft: z.boolean().default(false),
});
const updateBody = z.looseObject({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
});
const mergeBody = z.looseObject({ merge_method: z.string().default('merge') });

/** Pull requests, from branches of the repository or of its forks. */
export const PULL_OPERATIONS: readonly Operation[] = [
  {
    id: 'pulls/list',
    method: 'GET',
    path: PULLS,
    access: 'pull_requests=read',
    answer: list,
  },
  {
    id: 'pulls/create',
    method: 'POST',
    path: PULLS,
    access: 'pull_requests=write',
    createsContent: true,
    answer: open,
  },
  {
    id: 'pulls/get',
    method: 'GET',
    path: ONE,
    access: 'pull_requests=read',
    answer: (call) => ok(pullJson(pullOf(call), call.url)),
  },
  {
    id: 'pulls/update',
    method: 'PATCH',
    path: ONE,
    access: 'pull_requests=write',
    answer: async (call) => {
      const pull = pullOf(call);
      await call.world.events.pulls.update(pull, bodyOf(call.request, updateBody), ACTOR);
      return ok(pullJson(pull, call.url));
    },
  },
  {
    id: 'pulls/merge',
    method: 'PUT',
    path: `${ONE}/merge`,
    access: 'contents=write',
    answer: merge,
  },
  {
    id: 'pulls/check-if-merged',
    method: 'GET',
    path: `${ONE}/merge`,
    access: 'contents=read',
    answer: (call) => {
      if (pullOf(call).mergedAt === null) throw notFound();
      return noContent();
    },
  },
];

function pullOf(call: Call): PullRequest {
  const number = numberOf(call, 'pull_number');
  const pulls = pullsOf(call.world.store, repositoryOf(call));
  const found = pulls.find((pull) => pull.number === number);
  if (found === undefined) throw notFound();
  return found;
}

function list(call: Call): Answer {
  const [state = 'open', head, base] = ['state', 'head', 'base'].map((name) =>
    query(call.request, name),
  );
  const pulls = pullsOf(call.world.store, repositoryOf(call)).filter(
    (pull) =>
      (state === 'all' || pull.state === state) &&
      (base === undefined || pull.baseRef === base) &&
      (head === undefined || `${pull.headRepository.owner}:${pull.headRef}` === head),
  );
  return array(call, pulls.toReversed(), (pull) => pullSummaryJson(pull, call.url));
}

async function open(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const { title, head, base, body, draft } = bodyOf(call.request, createBody);
  if (head === undefined) throw missingField('PullRequest', 'head');
  if (base === undefined) throw missingField('PullRequest', 'base');
  if (title === undefined) throw missingField('PullRequest', 'title');
  const pull = await call.world.events.pulls.open(repository, {
    ...headOf(call, repository, head),
    ...{ title, draft, baseRef: base, body: body ?? null, author: ACTOR },
  });
  return created(pullJson(pull, call.url));
}

/** `branch`, or `owner:branch` of a fork. */
function headOf({ world: { store } }: Call, repository: Repository, head: string) {
  const colon = head.indexOf(':');
  const owner = colon < 0 ? repository.owner : head.slice(0, colon);
  const headRepository = headRepositories(store, repository).find(
    (each) => each.owner.toLowerCase() === owner.toLowerCase(),
  );
  if (headRepository === undefined) {
    throw githubError(422, 'Validation Failed', {
      errors: [{ resource: 'PullRequest', field: 'head', code: 'invalid' }],
    });
  }
  return { headRepository, headRef: head.slice(colon + 1) };
}

async function merge(call: Call): Promise<Answer> {
  const { merge_method: method } = bodyOf(call.request, mergeBody);
  if (method !== 'merge' && method !== 'squash') {
    throw githubError(405, 'Rebase merges are not allowed on this repository.');
  }
  const sha = await call.world.events.pulls.merge(pullOf(call), method, ACTOR);
  return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
}
