import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import { bodyOf, param, query } from '../http/request.ts';
import { wireObject } from '../http/wire-object.ts';
import { addRunner, replaceRunner, runnerCalled } from '../registration/new-runner.ts';
import { rsaPublicKey } from '../registration/public-key.ts';
import { removeRunner } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { agentJson, registeredAgentJson, runnerReference } from './agent-json.ts';
import { tenantOf } from './caller.ts';
import { poolOf } from './pools.ts';
import { invalidRequest, tenantError } from './tenant-error.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly offers: Offers;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'is not base64');
const agentBody = wireObject({
  name: z.string().min(1).max(64),
  version: z.string().nullish(),
  ephemeral: z.boolean().nullish(),
  disableUpdate: z.boolean().nullish(),
  labels: z.array(wireObject({ name: z.string().min(1).max(256) })).default([]),
  authorization: wireObject({
    publicKey: wireObject({ exponent: base64, modulus: base64 }),
  }),
});

const BASE = '/_apis/distributedtask/pools/:pool/agents';

/** Runners as `config.sh` and scale sets see them: agents of a pool (protocol A.3, H.2). */
export function agentRoutes(deps: Deps): Router {
  const { store, tokens, offers, log } = deps;
  const router = Router();
  router.get(BASE, async (request, response) => {
    const { scope } = await tenantOf(tokens, request);
    const name = query(request, 'agentName');
    const value = runnersOf(store, scope)
      .filter((runner) => name === undefined || runner === runnerCalled(store, scope, name))
      .map((runner) => ({ ...agentJson(deps, runner), ...runnerReference(runner) }));
    response.json({ count: value.length, value });
  });
  router.post(BASE, async (request, response) => {
    const { scope } = await tenantOf(tokens, request);
    const pool = poolOf(store, scope, param(request, 'pool'));
    const wanted = settingsOf(request);
    if (runnerCalled(store, scope, wanted.name) !== undefined) throw agentExists(wanted.name);
    const runner = addRunner(deps, { scope, groupId: pool.id, ...wanted });
    log.info('runner registered', { runner: runner.name, scope, labels: runner.labels });
    response.json(registeredAgentJson(deps, runner));
  });
  router.put(`${BASE}/:agent`, async (request, response) => {
    const runner = await agentOf(deps, request);
    const pool = poolOf(store, runner.scope, param(request, 'pool'));
    replaceRunner(deps, runner, { groupId: pool.id, ...settingsOf(request) });
    response.json(registeredAgentJson(deps, runner));
  });
  router.get(`${BASE}/:agent`, async (request, response) => {
    const runner = await agentOf(deps, request);
    response.json({ ...agentJson(deps, runner), ...runnerReference(runner) });
  });
  router.delete(`${BASE}/:agent`, async (request, response) => {
    const runner = await agentOf(deps, request);
    if (runner.jobId !== null) throw stillRunning(runner);
    removeRunner(store, offers, runner);
    log.info('runner removed', { runner: runner.name });
    response.status(204).end();
  });
  return router;
}

const runnersOf = ({ runners }: Store, scope: string): readonly Runner[] =>
  [...runners.values()].filter((runner) => runner.scope.toLowerCase() === scope.toLowerCase());

/** The pool of the path is not looked at: clients that do not know it say 0. */
async function agentOf({ store, tokens }: Deps, request: Request): Promise<Runner> {
  const { scope } = await tenantOf(tokens, request);
  const id = param(request, 'agent');
  const runner = runnersOf(store, scope).find((each) => String(each.id) === id);
  if (runner !== undefined) return runner;
  throw tenantError(404, 'TaskAgentNotFoundException', `No agent found with identifier ${id}.`);
}

function settingsOf(request: Request) {
  const { name, version, ephemeral, disableUpdate, labels, authorization } = bodyOf(
    request,
    agentBody,
    invalidRequest,
  );
  return {
    name,
    labels: labels.map((label) => label.name),
    publicKey: rsaPublicKey(authorization.publicKey.modulus, authorization.publicKey.exponent),
    ephemeral: ephemeral ?? false,
    disableUpdate: disableUpdate ?? false,
    version: version ?? null,
  };
}

export const agentExists = (name: string) =>
  tenantError(409, 'TaskAgentExistsException', `The pool already contains an agent named ${name}.`);

const stillRunning = ({ name }: Runner) =>
  tenantError(
    400,
    'TaskAgentJobStillRunningException',
    `The agent ${name} is still running a job and cannot be removed.`,
  );
