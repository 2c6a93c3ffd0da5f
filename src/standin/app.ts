import express, { type Express } from 'express';
import type { Mail } from './broker/messages.ts';
import { brokerRoutes } from './broker/routes.ts';
import type { OwnClock } from './clock/stand-in-clock.ts';
import { ACTOR } from './events/payloads.ts';
import type { Faults } from './faults/faults.ts';
import { faultMiddleware } from './faults/middleware.ts';
import { archiveRoutes } from './git/archive-routes.ts';
import { gitRoutes } from './git/smart-http.ts';
import { errorHandler, unknownRoute } from './http/error-handler.ts';
import { plainPaths } from './http/plain-paths.ts';
import { operatorRoutes } from './management/operator-routes.ts';
import { managementRoutes } from './management/routes.ts';
import { registrationRoutes } from './registration/routes.ts';
import { ownerOnly } from './rest/callers/owner-only.ts';
import { restRoutes } from './rest/serve.ts';
import type { RestWorld } from './rest/world.ts';
import { artifactServiceRoutes } from './results/artifacts.ts';
import { blobRoutes } from './results/blob-routes.ts';
import { cacheServiceRoutes } from './results/caches.ts';
import { resultsRoutes } from './results/routes.ts';
import { twirpEnd } from './results/twirp-errors.ts';
import { actionRoutes } from './run-service/resolve-actions.ts';
import { runServiceRoutes } from './run-service/routes.ts';
import type { Assignments } from './scale-sets/assignments.ts';
import type { SaveStatus } from './state/disk/saver.ts';
import type { Runner } from './state/model.ts';
import { tenantRoutes } from './tenant/routes.ts';
import { TENANT_PATH } from './tenant/url.ts';
import type { AccessTokens } from './tokens/access-tokens.ts';
import { idTokenRoutes } from './tokens/id-token-routes.ts';
import type { IdTokens } from './tokens/id-tokens.ts';
import { tokenRoutes } from './tokens/routes.ts';

export interface AppDeps extends RestWorld {
  readonly clock: OwnClock;
  readonly stopping: AbortSignal;
  readonly tokens: AccessTokens;
  readonly idTokens: IdTokens;
  readonly assignments: Assignments;
  readonly faults: Faults;
  readonly spoilMail: (next: (runner: Runner) => Mail) => (runner: Runner) => Mail;
  readonly settle: () => Promise<void>;
  readonly saveStatus: () => SaveStatus | null;
}

/** All routes. The runner's services authorize by their own tokens, the rest by the stand-in's. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(plainPaths);
  app.use(faultMiddleware(deps));
  app.use(tokenRoutes(deps));
  app.use('/broker', brokerRoutes(deps));
  app.use('/run/:number', runServiceRoutes(deps));
  app.use(resultsRoutes(deps));
  app.use(artifactServiceRoutes(deps));
  app.use(cacheServiceRoutes(deps));
  app.use('/twirp', ...twirpEnd);
  app.use(idTokenRoutes(deps));
  app.use(actionRoutes(deps));
  app.use(blobRoutes(deps.blobs));
  app.use(archiveRoutes(deps));
  app.use(gitRoutes({ ...deps, onPush: (...push) => onPush(deps, ...push) }));
  app.use(TENANT_PATH, tenantRoutes(deps));
  app.use('/api/v3', registrationRoutes(deps));
  app.use(registrationRoutes(deps));
  app.use('/_standin', ownerOnly(deps.callerOf), operatorRoutes(deps), managementRoutes(deps));
  const rest = restRoutes(deps);
  app.use('/api/v3', rest);
  app.use(rest);
  app.use(unknownRoute);
  app.use(errorHandler(deps.log));
  return app;
}

const onPush = (
  { background, pushed }: AppDeps,
  ...[repository, updates, isJob]: Parameters<Parameters<typeof gitRoutes>[0]['onPush']>
): void =>
  background.run('push', async () => {
    const by = { sender: isJob ? 'github-actions[bot]' : ACTOR, isJob };
    for (const update of updates) await pushed(repository, update, by);
  });
