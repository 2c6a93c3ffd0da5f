import express, { type Express, Router } from 'express';
import { brokerRoutes } from './broker/routes.ts';
import type { Address, StandinClock, StandinLog } from './dependencies.ts';
import type { Events } from './events/events.ts';
import type { Pushed } from './events/pushed.ts';
import type { Requested } from './events/requested.ts';
import type { Git } from './git/command.ts';
import type { GitHistory } from './git/history.ts';
import type { GitRepositories } from './git/repositories.ts';
import { gitRoutes } from './git/smart-http.ts';
import { errorHandler, unknownRoute } from './http/error-handler.ts';
import { managementRoutes } from './management/routes.ts';
import type { RegistrationTokens } from './registration/registration-tokens.ts';
import { registrationRoutes } from './registration/routes.ts';
import { registrationTokenRoutes } from './registration/token-routes.ts';
import { accountRoutes } from './rest/account.ts';
import { archiveLinkRoutes, archiveRoutes } from './rest/archives.ts';
import { artifactRoutes } from './rest/artifacts.ts';
import { authorizer, type CallerOf } from './rest/authorize.ts';
import { contentRoutes } from './rest/contents.ts';
import { hookRoutes } from './rest/hooks.ts';
import { jobRoutes } from './rest/jobs.ts';
import type { RateLimit } from './rest/rate-limit.ts';
import { runnerRoutes } from './rest/runners.ts';
import { runRoutes } from './rest/runs.ts';
import { variableRoutes } from './rest/variables.ts';
import { artifactServiceRoutes } from './results/artifacts.ts';
import { blobRoutes } from './results/blob-routes.ts';
import type { Blobs } from './results/blobs.ts';
import { cacheServiceRoutes } from './results/caches.ts';
import { resultsRoutes } from './results/routes.ts';
import { actionRoutes } from './run-service/resolve-actions.ts';
import { runServiceRoutes } from './run-service/routes.ts';
import type { Assignments } from './scale-sets/assignments.ts';
import type { Offers } from './scheduler/offers.ts';
import type { Scheduler } from './scheduler/scheduler.ts';
import type { Background } from './state/background.ts';
import type { Store } from './state/store.ts';
import { tenantRoutes } from './tenant/routes.ts';
import { TENANT_PATH } from './tenant/url.ts';
import type { AccessTokens } from './tokens/access-tokens.ts';
import { idTokenRoutes } from './tokens/id-token-routes.ts';
import type { IdTokens } from './tokens/id-tokens.ts';
import type { KeyPool } from './tokens/key-pool.ts';
import { tokenRoutes } from './tokens/routes.ts';
import type { SignedPaths } from './tokens/signed-paths.ts';
import type { Webhooks } from './webhooks/announce.ts';
import type { Deliver } from './webhooks/deliver.ts';

export interface AppDeps {
  readonly log: StandinLog;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly stopping: AbortSignal;
  readonly store: Store;
  readonly git: Git;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly blobs: Blobs;
  readonly keys: KeyPool;
  readonly tokens: AccessTokens;
  readonly idTokens: IdTokens;
  readonly signedPaths: SignedPaths;
  readonly deliver: Deliver;
  readonly webhooks: Webhooks;
  readonly offers: Offers;
  readonly assignments: Assignments;
  readonly scheduler: Scheduler;
  readonly events: Events;
  readonly requested: Requested;
  readonly pushed: Pushed;
  readonly background: Background;
  readonly registrationTokens: RegistrationTokens;
  readonly rateLimit: RateLimit;
  readonly callerOf: CallerOf;
}

/** All routes. The runner's services authorize by their own tokens, the rest by the stand-in's. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(tokenRoutes(deps));
  app.use('/broker', brokerRoutes(deps));
  app.use('/run/:number', runServiceRoutes(deps));
  app.use(resultsRoutes(deps));
  app.use(artifactServiceRoutes(deps));
  app.use(cacheServiceRoutes(deps));
  app.use(idTokenRoutes(deps));
  app.use(actionRoutes(deps));
  app.use(blobRoutes(deps.blobs));
  app.use(archiveRoutes(deps));
  app.use(gitRoutes({ ...deps, onPush: (...push) => onPush(deps, ...push) }));
  app.use(TENANT_PATH, tenantRoutes(deps));
  app.use('/api/v3', registrationRoutes(deps));
  app.use(registrationRoutes(deps));
  const authorize = authorizer(deps.callerOf);
  app.use('/_standin', authorize, managementRoutes(deps));
  const rest = restRoutes(deps);
  app.use('/api/v3', authorize, deps.rateLimit.count, rest);
  app.use(authorize, deps.rateLimit.count, rest);
  app.use(unknownRoute);
  app.use(errorHandler(deps.log));
  return app;
}

function restRoutes(deps: AppDeps): Router {
  const router = Router();
  router.use(express.json({ limit: '25mb' }));
  router.use(accountRoutes(deps.address, deps.rateLimit));
  router.use(registrationTokenRoutes(deps));
  router.use(runnerRoutes(deps));
  router.use(runRoutes(deps));
  router.use(jobRoutes(deps));
  router.use(hookRoutes(deps));
  router.use(variableRoutes(deps));
  router.use(contentRoutes(deps));
  router.use(artifactRoutes(deps));
  router.use(archiveLinkRoutes(deps));
  router.use(unknownRoute);
  return router;
}

const onPush = (
  { background, pushed }: AppDeps,
  ...[repository, updates]: [Parameters<Pushed>[0], readonly Parameters<Pushed>[1][]]
): void =>
  background.run('push', async () => {
    for (const update of updates) await pushed(repository, update);
  });
