import { type Request, Router } from 'express';
import { z } from 'zod';
import type { StandinClock } from '../dependencies.ts';
import { notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import { environmentNamed } from '../scheduler/environments.ts';
import type { Environment } from '../state/environments.ts';
import type { Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
}

const settingsBody = z.strictObject({
  defaultPermissions: z.enum(['read', 'write']).optional(),
  forkApproval: z.enum(['nobody', 'first-time', 'everybody']).optional(),
  protectedBranches: z.array(z.string()).optional(),
});
const environmentBody = z.strictObject({
  /** Logins of people, one of whom has to agree. */
  reviewers: z.array(z.string()).default([]),
  preventSelfReview: z.boolean().default(false),
  /** Minutes. */
  waitTimer: z.number().int().min(0).max(43_200).default(0),
  /** Patterns of branches that may deploy, `protected`, or null for all. */
  branches: z
    .union([z.array(z.string()), z.literal('protected')])
    .nullable()
    .default(null),
  /** Patterns of tags that may deploy; with `branches` only. */
  tags: z.array(z.string()).default([]),
  secrets: z.record(z.string(), z.string()).default({}),
  variables: z.record(z.string(), z.string()).default({}),
});
const secretBody = z.strictObject({
  value: z.string(),
  visibility: z.enum(['all', 'private', 'selected']).default('all'),
  /** Full names of repositories, for `selected`. */
  repositories: z.array(z.string()).default([]),
});

type Wanted = z.infer<typeof environmentBody>;

/** Settings that GitHub has pages for: of Actions, of environments, and secrets of organisations. */
export function settingsRoutes({ store, clock }: Deps): Router {
  const router = Router();
  const base = '/repositories/:owner/:repo';
  router.put(`${base}/settings`, (request, response) => {
    const repository = repositoryIn(store, request);
    const wanted = bodyOf(request, settingsBody);
    const { actions } = repository;
    actions.defaultPermissions = wanted.defaultPermissions ?? actions.defaultPermissions;
    actions.forkApproval = wanted.forkApproval ?? actions.forkApproval;
    repository.protectedBranches = wanted.protectedBranches ?? repository.protectedBranches;
    response.status(204).end();
  });
  router.put(`${base}/environments/:environment`, (request, response) => {
    const repository = repositoryIn(store, request);
    const name = param(request, 'environment');
    const environment = environmentNamed(store, repository, name, clock.now());
    change(store, environment, bodyOf(request, environmentBody), clock.now());
    response.status(204).end();
  });
  router.put('/organizations/:owner/secrets/:name', (request, response) => {
    const { value, visibility, repositories } = bodyOf(request, secretBody);
    const owner = param(request, 'owner').toLowerCase();
    const secrets = store.organizationSecrets.get(owner) ?? new Map();
    store.organizationSecrets.set(owner, secrets);
    const selected = repositories.map((full) => store.repositories.get(full.toLowerCase())?.id);
    const selectedRepositoryIds = new Set(selected.filter((id) => id !== undefined));
    secrets.set(param(request, 'name').toUpperCase(), { value, visibility, selectedRepositoryIds });
    response.status(204).end();
  });
  return router;
}

function repositoryIn(store: Store, request: Request): Repository {
  const repository = store.repository(param(request, 'owner'), param(request, 'repo'));
  if (repository === undefined) throw notFound();
  return repository;
}

function change(store: Store, environment: Environment, wanted: Wanted, now: number): void {
  environment.reviewers = wanted.reviewers.map((login) => ({ type: 'User', login }));
  environment.preventSelfReview = wanted.preventSelfReview;
  environment.waitTimer = wanted.waitTimer;
  environment.branchPolicy = branchPolicyOf(store, wanted);
  environment.updatedAt = now;
  for (const [name, value] of Object.entries(wanted.secrets)) {
    environment.secrets.set(name.toUpperCase(), value);
  }
  for (const [name, value] of Object.entries(wanted.variables)) {
    environment.variables.set(name, { name, value, createdAt: now, updatedAt: now });
  }
}

function branchPolicyOf(store: Store, { branches, tags }: Wanted): Environment['branchPolicy'] {
  if (branches === null) return null;
  if (branches === 'protected') return { kind: 'protected' };
  const policy = (type: 'branch' | 'tag') => (name: string) => ({
    id: store.nextSmallId(),
    name,
    type,
  });
  return {
    kind: 'custom',
    policies: [...branches.map(policy('branch')), ...tags.map(policy('tag'))],
  };
}
