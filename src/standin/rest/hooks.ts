import { type Request, Router } from 'express';
import { z } from 'zod';
import { type Address, type StandinClock, wireTime } from '../dependencies.ts';
import { paginate } from '../http/pagination.ts';
import { missingField, notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import type { Delivery, Hook } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { hookJson, type Webhooks } from '../webhooks/announce.ts';
import type { Deliver } from '../webhooks/deliver.ts';
import { sameScope, scopeOf } from './lookup.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly webhooks: Webhooks;
  readonly deliver: Deliver;
}

const hookBody = z.looseObject({
  events: z.array(z.string()).default(['push']),
  config: z
    .looseObject({
      url: z.url().optional(),
      secret: z.string().optional(),
      content_type: z.enum(['json', 'form']).default('form'),
    })
    .optional(),
});

/** Webhooks of repositories and organisations, their deliveries and redelivery (protocol I.2). */
export function hookRoutes(deps: Deps): Router {
  const { store, address } = deps;
  const router = Router();
  for (const base of ['/repos/:owner/:repo/hooks', '/orgs/:org/hooks']) {
    router.post(base, (request, response) => {
      const hook = createHook(deps, request);
      deps.webhooks.ping(hook);
      response.status(201).json(hookJson(hook, address.url()));
    });
    router.get(base, (request, response) => {
      const scope = scopeOf(store, request);
      const hooks = [...store.hooks.values()].filter((hook) => sameScope(hook.scope, scope));
      const page = paginate(request, response, hooks, address.of(request));
      response.json(page.map((hook) => hookJson(hook, address.url())));
    });
    router.get(`${base}/:id`, (request, response) => {
      response.json(hookJson(hookOf(store, request), address.url()));
    });
    router.delete(`${base}/:id`, (request, response) => {
      store.hooks.delete(hookOf(store, request).id);
      response.status(204).end();
    });
    router.post(`${base}/:id/pings`, (request, response) => {
      deps.webhooks.ping(hookOf(store, request));
      response.status(204).end();
    });
  }
  return router.use(deliveryRoutes(deps));
}

function deliveryRoutes({ store, address, deliver }: Deps): Router {
  const router = Router();
  for (const base of ['/repos/:owner/:repo/hooks', '/orgs/:org/hooks']) {
    router.get(`${base}/:id/deliveries`, (request, response) => {
      const { deliveries } = hookOf(store, request);
      const page = paginate(request, response, deliveries.toReversed(), address.of(request));
      response.json(page.map(deliveryJson));
    });
    router.get(`${base}/:id/deliveries/:delivery`, (request, response) => {
      const hook = hookOf(store, request);
      const delivery = deliveryOf(hook, request);
      response.json({
        ...deliveryJson(delivery),
        url: hook.url,
        request: { headers: null, payload: JSON.parse(delivery.payload) as unknown },
        response: { headers: null, payload: null },
      });
    });
    router.post(`${base}/:id/deliveries/:delivery/attempts`, (request, response) => {
      const hook = hookOf(store, request);
      const delivery = deliveryOf(hook, request);
      deliver(hook, delivery, delivery);
      response.status(202).json({});
    });
  }
  return router;
}

function createHook({ store, clock }: Deps, request: Request): Hook {
  const scope = scopeOf(store, request);
  const { events, config } = bodyOf(request, hookBody);
  if (config?.url === undefined) throw missingField('Hook', 'config.url');
  const hook: Hook = {
    id: store.nextSmallId(),
    scope,
    url: config.url,
    secret: config.secret ?? null,
    contentType: config.content_type,
    events,
    createdAt: clock.now(),
    deliveries: [],
  };
  store.hooks.set(hook.id, hook);
  return hook;
}

function hookOf(store: Store, request: Request): Hook {
  const hook = store.hooks.get(Number(param(request, 'id')));
  if (hook === undefined || !sameScope(hook.scope, scopeOf(store, request))) throw notFound();
  return hook;
}

function deliveryOf(hook: Hook, request: Request): Delivery {
  const id = Number(param(request, 'delivery'));
  const delivery = hook.deliveries.find((each) => each.id === id);
  if (delivery === undefined) throw notFound();
  return delivery;
}

const deliveryJson = (delivery: Delivery) => ({
  id: delivery.id,
  guid: delivery.guid,
  delivered_at: wireTime(delivery.deliveredAt),
  redelivery: delivery.redelivery,
  duration: delivery.durationMs / 1000,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: null,
  repository_id: null,
  throttled_at: null,
});
