import { json, type Request, Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import { githubError } from '../http/refusal.ts';
import { bodyOf } from '../http/request.ts';
import { wireObject } from '../http/wire-object.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { poolsOf } from '../tenant/pools.ts';
import { tenantUrl } from '../tenant/url.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { tokenUrl } from '../tokens/jit-config.ts';
import { addRunner, type NewRunner, replaceRunner, runnerCalled } from './new-runner.ts';
import { publicKeyOfXml } from './public-key.ts';
import { scopeOfUrl } from './registered-scope.ts';
import type { RegistrationTokens } from './registration-tokens.ts';
import { registrationOf, remoteAuthOf } from './remote-auth.ts';
import { runnerAdminRoutes } from './runner-admin-routes.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly registrationTokens: RegistrationTokens;
  readonly offers: Offers;
}

const eventBody = z.looseObject({
  url: z.string(),
  runner_event: z.enum(['register', 'remove']),
});
const registerBody = z.looseObject({
  url: z.string(),
  group_id: z.number().int(),
  name: z.string().min(1).max(64),
  version: z.string().nullish(),
  updates_disabled: z.boolean().nullish(),
  ephemeral: z.boolean().nullish(),
  labels: z.array(wireObject({ name: z.string().min(1).max(256) })).default([]),
  public_key: z.string(),
  runner_id: z.number().int().nullish(),
  replace: z.boolean().nullish(),
});

/**
 * Registration by `config.sh` and by scale sets (protocol A.3, H.1), with a registration or remove
 * token as the only credential. Requests without one are none of these.
 */
export function registrationRoutes(deps: Deps): Router {
  const { registrationTokens } = deps;
  const router = Router();
  router.use((request, _response, next) => next(remoteAuthOf(request) === null ? 'router' : null));
  router.use(json({ type: () => true, limit: '1mb' }));
  router.post('/actions/runner-registration', async (request, response) => {
    response.json(await tenantConnection(deps, request));
  });
  router.post('/actions/runners/register', (request, response) => {
    const wanted = bodyOf(request, registerBody);
    const { scope } = registrationOf(registrationTokens, request, scopeOfUrl(wanted.url));
    const runner = register(deps, scope, wanted);
    response.status(201).json(authorizationJson(deps, runner));
  });
  router.use(runnerAdminRoutes(deps));
  return router;
}

/** Where the tenant is and a token for it; `use_v2_flow` makes `config.sh` stay with REST instead. */
async function tenantConnection(deps: Deps, request: Request) {
  const { store, address, tokens, registrationTokens } = deps;
  const { url, runner_event: event } = bodyOf(request, eventBody);
  const { scope, kind } = registrationOf(registrationTokens, request, scopeOfUrl(url));
  if ((event === 'remove') !== (kind === 'remove')) {
    throw githubError(403, `The token is not for the event ${event}`);
  }
  return {
    url: tenantUrl(address),
    token_schema: 'OAuthAccessToken',
    token: await tokens.forTenant({ scope, right: kind }),
    ...(store.settings.runnerAdminFlow ? { use_v2_flow: true } : {}),
  };
}

function register(deps: Deps, scope: string, wanted: z.infer<typeof registerBody>): Runner {
  const { store, log } = deps;
  const settings = settingsOf(store, scope, wanted);
  const known = runnerCalled(store, scope, wanted.name);
  if (known !== undefined && (wanted.replace !== true || wanted.runner_id !== known.id)) {
    throw githubError(
      409,
      `Already exists - A runner with the name ${wanted.name} already exists.`,
    );
  }
  if (known !== undefined) replaceRunner(deps, known, settings);
  const runner = known ?? addRunner(deps, settings);
  log.info('runner registered', { runner: runner.name, scope, labels: runner.labels });
  return runner;
}

function settingsOf(store: Store, scope: string, wanted: z.infer<typeof registerBody>): NewRunner {
  const publicKey = publicKeyOfXml(wanted.public_key);
  if (publicKey === null) throw githubError(422, 'Invalid request.\n\npublic_key: is no RSA key');
  if (!poolsOf(store, scope).some(({ id }) => id === wanted.group_id)) {
    throw githubError(404, `Runner group ${wanted.group_id} not found`);
  }
  return {
    ...{ scope, name: wanted.name, groupId: wanted.group_id, publicKey },
    labels: wanted.labels.map((label) => label.name),
    ephemeral: wanted.ephemeral ?? false,
    disableUpdate: wanted.updates_disabled ?? false,
    version: wanted.version ?? null,
  };
}

const authorizationJson = ({ address }: Deps, runner: Runner) => ({
  id: runner.id,
  name: runner.name,
  authorization: {
    authorization_url: tokenUrl(address.url(), runner.clientId),
    server_url: `${address.url()}/broker/`,
    client_id: runner.clientId,
  },
});
