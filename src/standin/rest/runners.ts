import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import { paginate } from '../http/pagination.ts';
import { githubError, missingField, notFound } from '../http/refusal.ts';
import { bodyOf, param, query } from '../http/request.ts';
import { runnerJson } from '../present/runners.ts';
import { addRunner, lowerCase, runnerCalled } from '../registration/new-runner.ts';
import { removeRunner } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Runner } from '../state/model.ts';
import { DEFAULT_GROUP_ID, HOSTED_GROUP_ID } from '../state/runner-groups.ts';
import type { Store } from '../state/store.ts';
import { encodeJitConfig } from '../tokens/jit-config.ts';
import type { KeyPool } from '../tokens/key-pool.ts';
import { sameScope, scopeOf } from './lookup.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly address: Address;
  readonly keys: KeyPool;
  readonly offers: Offers;
}

const jitBody = z.looseObject({
  name: z.string().min(1).optional(),
  runner_group_id: z.number().int().optional(),
  labels: z.array(z.string().min(1).max(256)).max(100).optional(),
  work_folder: z.string().min(1).default('_work'),
});

/** Self-hosted runners of repositories and organisations (protocol A.1). */
export function runnerRoutes(deps: Deps): Router {
  const { store, clock, address } = deps;
  const router = Router();
  for (const base of ['/repos/:owner/:repo/actions/runners', '/orgs/:org/actions/runners']) {
    router.post(`${base}/generate-jitconfig`, async (request, response) => {
      response.status(201).json(await register(deps, request));
    });
    router.get(base, (request, response) => {
      const all = runnersOf(store, request);
      const page = paginate(request, response, all, address.of(request));
      response.json({
        total_count: all.length,
        runners: page.map((runner) => runnerJson(runner, clock)),
      });
    });
    router.get(`${base}/:id`, (request, response) => {
      response.json(runnerJson(runnerOf(store, request), clock));
    });
    router.delete(`${base}/:id`, (request, response) => {
      const runner = runnerOf(store, request);
      if (runner.jobId !== null) {
        throw githubError(422, `Bad request - Runner "${runner.name}" is still running a job"`);
      }
      removeRunner(store, deps.offers, runner);
      deps.log.info('runner removed', { runner: runner.name });
      response.status(204).end();
    });
  }
  return router;
}

function runnersOf(store: Store, request: Request): readonly Runner[] {
  const scope = scopeOf(store, request);
  const name = query(request, 'name');
  return [...store.runners.values()].filter(
    (runner) => sameScope(runner.scope, scope) && (name === undefined || runner.name === name),
  );
}

function runnerOf(store: Store, request: Request): Runner {
  const runner = store.runners.get(Number(param(request, 'id')));
  if (runner === undefined || !sameScope(runner.scope, scopeOf(store, request))) throw notFound();
  return runner;
}

/** Makes the runner's record, which exists from now on, and its three files. */
async function register(deps: Deps, request: Request) {
  const { store, address, keys, clock, log } = deps;
  const scope = scopeOf(store, request);
  const body = bodyOf(request, jitBody);
  const { name, labels, runner_group_id: groupId } = body;
  if (name === undefined) throw missingField('Runner', 'name');
  if (labels === undefined || labels.length === 0) throw missingField('Runner', 'labels');
  if (groupId === undefined) throw missingField('Runner', 'runner_group_id');
  if (groupId === HOSTED_GROUP_ID) throw githubError(403, 'Resource not accessible by integration');
  if (groupId !== DEFAULT_GROUP_ID) throw notFound();
  const { publicKey, privateKey } = await keys.take();
  refuseTakenName(store, scope, name);
  const runner = addRunner(store, {
    ...{ scope, name, groupId, labels: lowerCase(labels) },
    publicKey: publicKey.export({ format: 'jwk' }),
    ...{ ephemeral: true, disableUpdate: true },
  });
  log.info('runner registered', { runner: name, scope, labels: runner.labels });
  return {
    runner: runnerJson(runner, clock),
    encoded_jit_config: encodeJitConfig(runner, privateKey, body.work_folder, address.url()),
  };
}

function refuseTakenName(store: Store, scope: string, name: string): void {
  if (runnerCalled(store, scope, name) !== undefined) {
    throw githubError(409, `Already exists - A runner with the name ${name} already exists.`);
  }
}
