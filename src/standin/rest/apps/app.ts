import { appBySlug, createApp, slugOf } from '../../apps/apps.ts';
import { notFound } from '../../http/refusal.ts';
import { bodyOf, param } from '../../http/request.ts';
import { appJson } from '../../present/apps.ts';
import { configJson } from '../../present/hooks.ts';
import type { App } from '../../state/apps.ts';
import type { Hook } from '../../state/hooks.ts';
import { configShape, configure } from '../hooks/config.ts';
import { getDelivery, listDeliveries, redeliver } from '../hooks/deliveries.ts';
import { type Answer, type Call, created, type Operation, ok } from '../operation.ts';

const HOOK = '/app/hook';

/** What an App asks about itself, its webhook and the deliveries of it. */
export const APP_OPERATIONS: readonly Operation[] = [
  {
    id: 'apps/get-authenticated',
    method: 'GET',
    path: '/app',
    access: 'app',
    answer: (call) => ok({ ...appJson(appOf(call), call.url), installations_count: count(call) }),
  },
  {
    id: 'apps/get-by-slug',
    method: 'GET',
    path: '/apps/{app_slug}',
    access: 'anyone',
    answer: (call) => {
      const app = appBySlug(call.world.store, param(call.request, 'app_slug'));
      if (app === undefined) throw notFound();
      return ok(appJson(app, call.url));
    },
  },
  {
    id: 'apps/create-from-manifest',
    method: 'POST',
    path: '/app-manifests/{code}/conversions',
    access: 'anyone',
    answer: convert,
  },
  {
    id: 'apps/get-webhook-config-for-app',
    method: 'GET',
    path: `${HOOK}/config`,
    access: 'app',
    answer: (call) => ok(configJson(hookOf(call))),
  },
  {
    id: 'apps/update-webhook-config-for-app',
    method: 'PATCH',
    path: `${HOOK}/config`,
    access: 'app',
    answer: (call) => {
      const hook = hookOf(call);
      configure(hook, bodyOf(call.request, configShape), call.world.clock.now());
      hook.active = hook.url !== '';
      return ok(configJson(hook));
    },
  },
  {
    id: 'apps/list-webhook-deliveries',
    method: 'GET',
    path: `${HOOK}/deliveries`,
    access: 'app',
    answer: (call) => listDeliveries(call, hookOf(call)),
  },
  {
    id: 'apps/get-webhook-delivery',
    method: 'GET',
    path: `${HOOK}/deliveries/{delivery_id}`,
    access: 'app',
    answer: (call) => getDelivery(call, hookOf(call)),
  },
  {
    id: 'apps/redeliver-webhook-delivery',
    method: 'POST',
    path: `${HOOK}/deliveries/{delivery_id}/attempts`,
    access: 'app',
    answer: (call) => redeliver(call, hookOf(call)),
  },
];

/** The App that asks. */
export function appOf({ caller }: Call): App {
  if (caller.kind !== 'app') throw notFound();
  return caller.app;
}

const count = (call: Call): number =>
  [...call.world.store.installations.values()].filter(({ appId }) => appId === appOf(call).id)
    .length;

function hookOf(call: Call): Hook {
  const hook = call.world.store.hooks.get(appOf(call).hookId);
  if (hook === undefined) throw notFound();
  return hook;
}

/** A code is good once and for an hour; whoever has it gets the App's keys. */
async function convert(call: Call): Promise<Answer> {
  const { store, clock } = call.world;
  const pending = store.pendingApps.get(param(call.request, 'code'));
  if (pending === undefined || pending.expiresAt <= clock.now()) throw notFound();
  store.pendingApps.delete(pending.code);
  if (appBySlug(store, slugOf(pending.name)) !== undefined) throw notFound();
  const { app, pem, webhookSecret } = await createApp(call.world, pending);
  return created({
    ...appJson(app, call.url),
    client_id: app.clientId,
    client_secret: app.clientSecret,
    webhook_secret: webhookSecret,
    pem,
  });
}
