import { Router } from 'express';
import { z } from 'zod';
import { agreeTo, appBySlug, createApp, slugOf } from '../apps/apps.ts';
import { install } from '../apps/installations.ts';
import { manifestShape } from '../apps/manifest.ts';
import { githubError, notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import { appJson, installationJson } from '../present/apps.ts';
import { limitsShape } from '../rest/limits/settings.ts';
import type { RestWorld } from '../rest/world.ts';
import { accountOf } from '../state/accounts.ts';

const accountBody = z.strictObject({
  type: z.enum(['User', 'Organization']).optional(),
  enterprise: z.string().min(1).nullable().optional(),
});
const appBody = z.strictObject({
  owner: z.string().min(1),
  manifest: manifestShape,
});
const agreementBody = appBody.extend({ name: z.string().min(1).max(34) });
const installBody = z.strictObject({
  account: z.string().min(1),
  /** Names without the owner; all of the account's when absent. */
  repositories: z.array(z.string()).optional(),
});

/** What people set in GitHub's pages: accounts, Apps and where they are installed, and rate limits. */
export function accountRoutes(world: RestWorld): Router {
  const { store, address, rateLimits } = world;
  const router = Router();
  router.put('/accounts/:login', (request, response) => {
    const login = param(request, 'login');
    const body = bodyOf(request, accountBody);
    const known = accountOf(store.accounts, login);
    const account = {
      ...known,
      type: body.type ?? known.type,
      enterprise: body.enterprise === undefined ? known.enterprise : body.enterprise,
    };
    store.accounts.set(login.toLowerCase(), account);
    response.json(account);
  });
  router.get('/rate-limits', (_request, response) => void response.json(rateLimits.limits()));
  router.put('/rate-limits', (request, response) => {
    rateLimits.change(bodyOf(request, limitsShape));
    response.json(rateLimits.limits());
  });
  router.put('/apps/:name', async (request, response) => {
    const { owner, manifest } = bodyOf(request, appBody);
    const name = param(request, 'name');
    if (appBySlug(store, slugOf(name)) !== undefined) {
      throw githubError(409, `There is already a GitHub App called ${name}`);
    }
    const { app, pem, webhookSecret } = await createApp(world, { owner, name, manifest });
    const secrets = { client_secret: app.clientSecret, webhook_secret: webhookSecret, pem };
    response.status(201).json({ ...appJson(app, address.url()), ...secrets });
  });
  router.post('/app-manifests', (request, response) => {
    const { owner, name, manifest } = bodyOf(request, agreementBody);
    response.status(201).json({ code: agreeTo(world, manifest, { owner, name }).code });
  });
  router.put('/apps/:slug/installations', (request, response) => {
    const app = appBySlug(store, param(request, 'slug'));
    if (app === undefined) throw notFound();
    const { account, repositories } = bodyOf(request, installBody);
    const ids = repositories?.map((name) => {
      const repository = store.repository(account, name);
      if (repository === undefined) throw githubError(422, `No repository: ${account}/${name}`);
      return repository.id;
    });
    const installation = install(world, app, account, ids === undefined ? null : new Set(ids));
    response.json(installationJson(installation, app, address.url()));
  });
  return router;
}
