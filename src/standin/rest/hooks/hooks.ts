import { z } from 'zod';
import { githubError, invalidField, missingField, notFound } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { configJson, hookJson } from '../../present/hooks.ts';
import { idOfLogin } from '../../state/accounts.ts';
import type { Hook } from '../../state/hooks.ts';
import { scopeKind } from '../../state/runner-groups.ts';
import { numberOf, repositoryOf, sameScope, scopeOf } from '../lookup.ts';
import {
  type Answer,
  array,
  type Call,
  created,
  noContent,
  type Operation,
  ok,
} from '../operation.ts';
import { scoped } from '../scoped.ts';
import { READ, WRITE } from './access.ts';
import { configShape, configure } from './config.ts';

const createBody = z.looseObject({
  name: z.string().default('web'),
  active: z.boolean().default(true),
  events: z.array(z.string()).default(['push']),
  config: configShape.optional(),
});
const updateBody = z.looseObject({
  active: z.boolean().optional(),
  events: z.array(z.string()).optional(),
  add_events: z.array(z.string()).default([]),
  remove_events: z.array(z.string()).default([]),
  config: configShape.optional(),
});

const ONE = '/hooks/{hook_id}';

/** Webhooks of repositories and organisations. */
export const HOOK_OPERATIONS: readonly Operation[] = [
  ...scoped({ repo: 'repos/list-webhooks', org: 'orgs/list-webhooks' }, READ, {
    method: 'GET',
    path: '/hooks',
    answer: (call) => array(call, hooksAt(call), (hook) => hookJson(hook, call.url)),
  }),
  ...scoped({ repo: 'repos/create-webhook', org: 'orgs/create-webhook' }, WRITE, {
    method: 'POST',
    path: '/hooks',
    answer: create,
  }),
  ...scoped({ repo: 'repos/get-webhook', org: 'orgs/get-webhook' }, READ, {
    method: 'GET',
    path: ONE,
    answer: (call) => ok(hookJson(hookOf(call), call.url)),
  }),
  ...scoped({ repo: 'repos/update-webhook', org: 'orgs/update-webhook' }, WRITE, {
    method: 'PATCH',
    path: ONE,
    answer: update,
  }),
  ...scoped({ repo: 'repos/delete-webhook', org: 'orgs/delete-webhook' }, WRITE, {
    method: 'DELETE',
    path: ONE,
    answer: (call) => {
      call.world.store.hooks.delete(hookOf(call).id);
      return noContent();
    },
  }),
  ...scoped(
    { repo: 'repos/get-webhook-config-for-repo', org: 'orgs/get-webhook-config-for-org' },
    READ,
    { method: 'GET', path: `${ONE}/config`, answer: (call) => ok(configJson(hookOf(call))) },
  ),
  ...scoped(
    { repo: 'repos/update-webhook-config-for-repo', org: 'orgs/update-webhook-config-for-org' },
    WRITE,
    {
      method: 'PATCH',
      path: `${ONE}/config`,
      answer: (call) => {
        const hook = hookOf(call);
        configure(hook, bodyOf(call.request, configShape), call.world.clock.now());
        return ok(configJson(hook));
      },
    },
  ),
  ...scoped({ repo: 'repos/ping-webhook', org: 'orgs/ping-webhook' }, READ, {
    method: 'POST',
    path: `${ONE}/pings`,
    answer: (call) => {
      call.world.webhooks.ping(hookOf(call));
      return noContent();
    },
  }),
];

const hooksAt = (call: Call): readonly Hook[] => {
  const scope = scopeOf(call);
  return [...call.world.store.hooks.values()].filter((hook) => sameScope(hook.scope, scope));
};

export function hookOf(call: Call): Hook {
  const hook = call.world.store.hooks.get(numberOf(call, 'hook_id'));
  if (hook === undefined || !sameScope(hook.scope, scopeOf(call))) throw notFound();
  return hook;
}

function create(call: Call): Answer {
  const { store, clock, webhooks } = call.world;
  const scope = scopeOf(call);
  const { name, active, events, config } = bodyOf(call.request, createBody);
  if (name !== 'web') throw invalidField('Hook', 'name', 'custom', 'The name must be "web"');
  const url = config?.url;
  if (url === undefined) throw missingField('Hook', 'config.url');
  refuseTaken(call, url, events);
  const isOrganization = scopeKind(scope) === 'organization';
  const hook: Hook = {
    id: store.nextSmallId(),
    scope,
    target: isOrganization
      ? { type: 'organization', id: idOfLogin(scope) }
      : { type: 'repository', id: repositoryOf(call).id },
    url,
    secret: null,
    contentType: 'form',
    insecureSsl: '0',
    active,
    events,
    createdAt: clock.now(),
    updatedAt: clock.now(),
    deliveries: [],
  };
  configure(hook, config ?? {}, clock.now());
  store.hooks.set(hook.id, hook);
  webhooks.ping(hook);
  return created(hookJson(hook, call.url));
}

function refuseTaken(call: Call, url: string, events: readonly string[]): void {
  const same = hooksAt(call).some(
    (hook) => hook.url === url && hook.events.some((event) => events.includes(event)),
  );
  if (!same) return;
  throw githubError(422, 'Validation Failed', {
    errors: [
      { resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' },
    ],
  });
}

function update(call: Call): Answer {
  const hook = hookOf(call);
  const body = bodyOf(call.request, updateBody);
  const events = [...(body.events ?? hook.events), ...body.add_events];
  hook.events = [...new Set(events)].filter((event) => !body.remove_events.includes(event));
  hook.active = body.active ?? hook.active;
  configure(hook, body.config ?? {}, call.world.clock.now());
  return ok(hookJson(hook, call.url));
}
