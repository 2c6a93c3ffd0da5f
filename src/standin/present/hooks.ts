import { wireTime } from '../dependencies.ts';
import type { Delivery, Hook } from '../state/hooks.ts';

/** A hook's configuration as REST shows it; its secret is never shown again. */
export const configJson = (hook: Hook) => ({
  content_type: hook.contentType,
  insecure_ssl: hook.insecureSsl,
  url: hook.url,
  ...(hook.secret === null ? {} : { secret: '********' }),
});

const TYPES = {
  repository: 'Repository',
  organization: 'Organization',
  integration: 'App',
} as const;

/** A hook as REST and the `ping` webhook show it. */
export function hookJson(hook: Hook, url: string) {
  const { type } = hook.target;
  const isRepository = type === 'repository';
  const self = `${url}/api/v3/${isRepository ? 'repos' : 'orgs'}/${hook.scope}/hooks/${hook.id}`;
  return {
    type: TYPES[type],
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: [...hook.events],
    config: configJson(hook),
    updated_at: wireTime(hook.updatedAt),
    created_at: wireTime(hook.createdAt),
    ...(type === 'integration'
      ? { app_id: hook.target.id, deliveries_url: `${url}/api/v3/app/hook/deliveries` }
      : { url: self, ping_url: `${self}/pings`, deliveries_url: `${self}/deliveries` }),
    ...(isRepository ? { test_url: `${self}/tests` } : {}),
    last_response: lastResponse(hook),
  };
}

function lastResponse({ deliveries }: Hook) {
  const last = deliveries.at(-1);
  if (last === undefined) return { code: null, status: 'unused', message: null };
  return { code: last.statusCode, status: last.status, message: last.status };
}

export const deliveryJson = (delivery: Delivery) => ({
  id: delivery.id,
  guid: delivery.guid,
  delivered_at: wireTime(delivery.deliveredAt),
  redelivery: delivery.redelivery,
  duration: delivery.durationMs / 1000,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installationId,
  repository_id: delivery.repositoryId,
  throttled_at: null,
});

export const fullDeliveryJson = (hook: Hook, delivery: Delivery) => ({
  ...deliveryJson(delivery),
  url: hook.url,
  request: {
    headers: delivery.requestHeaders,
    payload: JSON.parse(delivery.payload) as unknown,
  },
  response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
});
