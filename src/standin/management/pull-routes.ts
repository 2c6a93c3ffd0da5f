import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Address } from '../dependencies.ts';
import type { Events } from '../events/events.ts';
import { ACTOR } from '../events/payloads.ts';
import { headRepositories } from '../events/pulls.ts';
import { notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import { repositoryJson } from '../present/identity.ts';
import { pullJson } from '../present/pulls.ts';
import type { Repository } from '../state/model.ts';
import { type PullRequest, pullsOf } from '../state/pulls.ts';
import type { Store } from '../state/store.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly events: Events;
}

const forkBody = z.strictObject({ owner: z.string().min(1), name: z.string().min(1).optional() });
const openBody = z.strictObject({
  title: z.string().min(1).default('Change'),
  body: z.string().nullable().default(null),
  /** A branch, or `owner:branch` of a fork. */
  head: z.string().min(1),
  base: z.string().min(1).optional(),
  draft: z.boolean().default(false),
  author: z.string().min(1).default(ACTOR),
});
const changeBody = z.strictObject({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
  draft: z.boolean().optional(),
  sender: z.string().default(ACTOR),
});
const mergeBody = z.strictObject({
  method: z.enum(['merge', 'squash']).default('merge'),
  sender: z.string().default(ACTOR),
});

/** Forks and pull requests of other people than the holder of the stand-in's token. */
export function pullRoutes({ store, address, events }: Deps): Router {
  const router = Router();
  const base = '/repositories/:owner/:repo';
  const find = (request: Request): PullRequest => {
    const number = Number(param(request, 'number'));
    const found = pullsOf(store, repositoryIn(store, request)).find(
      (each) => each.number === number,
    );
    if (found === undefined) throw notFound();
    return found;
  };
  router.post(`${base}/forks`, async (request, response) => {
    const { owner, name } = bodyOf(request, forkBody);
    const fork = await events.fork(repositoryIn(store, request), owner, name);
    response.status(201).json(repositoryJson(fork, address.url()));
  });
  router.post(`${base}/pulls`, async (request, response) => {
    const repository = repositoryIn(store, request);
    const { head, base: wanted, ...rest } = bodyOf(request, openBody);
    const pull = await events.pulls.open(repository, {
      ...rest,
      ...headOf(store, repository, head),
      baseRef: wanted ?? repository.defaultBranch,
    });
    response.status(201).json(pullJson(pull, address.url()));
  });
  router.patch(`${base}/pulls/:number`, async (request, response) => {
    const { sender, ...change } = bodyOf(request, changeBody);
    const pull = find(request);
    await events.pulls.update(pull, change, sender);
    response.json(pullJson(pull, address.url()));
  });
  router.post(`${base}/pulls/:number/merge`, async (request, response) => {
    const { method, sender } = bodyOf(request, mergeBody);
    const sha = await events.pulls.merge(find(request), method, sender);
    response.json({ sha, merged: true, message: 'Pull Request successfully merged' });
  });
  return router;
}

function repositoryIn(store: Store, request: Request): Repository {
  const repository = store.repository(param(request, 'owner'), param(request, 'repo'));
  if (repository === undefined) throw notFound();
  return repository;
}

function headOf(store: Store, repository: Repository, head: string) {
  const [owner, branch] = head.includes(':') ? head.split(':', 2) : [repository.owner, head];
  const found = headRepositories(store, repository).find(
    (each) => each.owner.toLowerCase() === owner?.toLowerCase(),
  );
  if (found === undefined || branch === undefined) throw notFound();
  return { headRepository: found, headRef: branch };
}
