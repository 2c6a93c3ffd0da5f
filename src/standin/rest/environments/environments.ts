import { z } from 'zod';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf, param } from '../../http/request.ts';
import { environmentJson } from '../../present/environments.ts';
import { environmentNamed } from '../../scheduler/environments.ts';
import { idOfLogin } from '../../state/accounts.ts';
import type { Environment } from '../../state/environments.ts';
import type { Repository } from '../../state/model.ts';
import { repositoryOf } from '../lookup.ts';
import { type Answer, type Call, listed, noContent, type Operation, ok } from '../operation.ts';

const ALL = '/repos/{owner}/{repo}/environments';
const ONE = `${ALL}/{environment_name}`;

const MAX_WAIT_MINUTES = 43_200;

const body = z.looseObject({
  wait_timer: z.number().int().min(0).max(MAX_WAIT_MINUTES).default(0),
  prevent_self_review: z.boolean().default(false),
  reviewers: z
    .array(z.looseObject({ type: z.enum(['User', 'Team']), id: z.number().int() }))
    .max(6)
    .nullish(),
  deployment_branch_policy: z
    .looseObject({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullish(),
});

/** Environments of a repository. */
export const ENVIRONMENT_OPERATIONS: readonly Operation[] = [
  {
    id: 'repos/get-all-environments',
    method: 'GET',
    path: ALL,
    access: 'actions=read',
    answer: (call) => {
      const repository = repositoryOf(call);
      return listed(call, 'environments', [...repository.environments.values()], (each) =>
        environmentJson(repository, each, call.url),
      );
    },
  },
  {
    id: 'repos/get-environment',
    method: 'GET',
    path: ONE,
    access: 'actions=read',
    answer: (call) => ok(environmentJson(repositoryOf(call), environmentOf(call), call.url)),
  },
  {
    id: 'repos/create-or-update-environment',
    method: 'PUT',
    path: ONE,
    access: 'administration=write',
    answer: change,
  },
  {
    id: 'repos/delete-an-environment',
    method: 'DELETE',
    path: ONE,
    access: 'administration=write',
    answer: (call) => {
      repositoryOf(call).environments.delete(environmentOf(call).name.toLowerCase());
      return noContent();
    },
  },
];

export function environmentOf(call: Call): Environment {
  const name = param(call.request, 'environment_name').toLowerCase();
  const environment = repositoryOf(call).environments.get(name);
  if (environment === undefined) throw notFound();
  return environment;
}

function change(call: Call): Answer {
  const { store, clock } = call.world;
  const repository = repositoryOf(call);
  const wanted = bodyOf(call.request, body);
  const policy = wanted.deployment_branch_policy ?? null;
  if (policy !== null && policy.protected_branches === policy.custom_branch_policies) {
    throw githubError(
      422,
      'protected_branches and custom_branch_policies cannot have the same value',
    );
  }
  const reviewers = (wanted.reviewers ?? []).map(({ id }) => reviewerOf(call, repository, id));
  const name = param(call.request, 'environment_name');
  const environment = environmentNamed(store, repository, name, clock.now());
  environment.waitTimer = wanted.wait_timer;
  environment.preventSelfReview = wanted.prevent_self_review;
  environment.reviewers = reviewers;
  environment.branchPolicy = branchPolicyOf(environment, policy);
  environment.updatedAt = clock.now();
  return ok(environmentJson(repository, environment, call.url));
}

/** Patterns that were given stay while the policy stays one of patterns. */
function branchPolicyOf(
  { branchPolicy }: Environment,
  policy: { readonly protected_branches: boolean } | null,
): Environment['branchPolicy'] {
  if (policy === null) return null;
  if (policy.protected_branches) return { kind: 'protected' };
  return branchPolicy?.kind === 'custom' ? branchPolicy : { kind: 'custom', policies: [] };
}

/** People have the id that their login makes; only those that somebody has named are known. */
function reviewerOf({ world: { store } }: Call, repository: Repository, id: number) {
  const logins = [
    ...[...store.accounts.values()].map(({ login }) => login),
    ...[...repository.environments.values()].flatMap(({ reviewers }) =>
      reviewers.map(({ login }) => login),
    ),
    'octocat',
  ];
  const login = logins.find((each) => idOfLogin(each) === id);
  if (login === undefined)
    throw githubError(422, `Could not resolve to a reviewer with the id ${id}`);
  return { type: 'User' as const, login };
}
