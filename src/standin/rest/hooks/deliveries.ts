import { linkHeader, pageSize } from '../../http/pagination.ts';
import { githubError, notFound } from '../../http/refusal.ts';
import { query } from '../../http/request.ts';
import { deliveryJson, fullDeliveryJson } from '../../present/hooks.ts';
import type { Delivery, Hook } from '../../state/hooks.ts';
import { numberOf } from '../lookup.ts';
import { type Answer, accepted, type Call, type Operation, ok } from '../operation.ts';
import { scoped } from '../scoped.ts';
import { READ, WRITE } from './access.ts';
import { hookOf } from './hooks.ts';

const DELIVERIES = '/hooks/{hook_id}/deliveries';

/** What was sent to the hooks of repositories and organisations, and sending it again (protocol I.2). */
export const DELIVERY_OPERATIONS: readonly Operation[] = [
  ...scoped({ repo: 'repos/list-webhook-deliveries', org: 'orgs/list-webhook-deliveries' }, READ, {
    method: 'GET',
    path: DELIVERIES,
    answer: (call) => listDeliveries(call, hookOf(call)),
  }),
  ...scoped({ repo: 'repos/get-webhook-delivery', org: 'orgs/get-webhook-delivery' }, READ, {
    method: 'GET',
    path: `${DELIVERIES}/{delivery_id}`,
    answer: (call) => getDelivery(call, hookOf(call)),
  }),
  ...scoped(
    { repo: 'repos/redeliver-webhook-delivery', org: 'orgs/redeliver-webhook-delivery' },
    WRITE,
    {
      method: 'POST',
      path: `${DELIVERIES}/{delivery_id}/attempts`,
      answer: (call) => redeliver(call, hookOf(call)),
    },
  ),
];

/** Newest first, from the delivery that `cursor` names on. */
export function listDeliveries(call: Call, hook: Hook): Answer {
  const { request, url } = call;
  const status = query(request, 'status');
  const cursor = query(request, 'cursor');
  const all = hook.deliveries.toReversed().filter((each) => hasStatus(each, status));
  const start = cursor === undefined ? 0 : all.findIndex(({ id }) => String(id) === cursor);
  if (start < 0) throw githubError(400, 'Invalid cursor');
  const size = pageSize(request);
  const next = all[start + size];
  return {
    status: 200,
    body: all.slice(start, start + size).map(deliveryJson),
    headers:
      next === undefined ? {} : linkHeader(request, url, [['next', { cursor: String(next.id) }]]),
  };
}

function hasStatus({ statusCode }: Delivery, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  if (wanted !== 'success' && wanted !== 'failure') {
    throw githubError(422, 'Invalid status. It must be "success" or "failure".');
  }
  return (statusCode >= 200 && statusCode < 400) === (wanted === 'success');
}

export const getDelivery = (call: Call, hook: Hook): Answer =>
  ok(fullDeliveryJson(hook, deliveryOf(call, hook)));

/** The same guid and the same text once more. */
export function redeliver(call: Call, hook: Hook): Answer {
  const delivery = deliveryOf(call, hook);
  call.world.deliver(hook, delivery, delivery);
  return accepted();
}

function deliveryOf(call: Call, hook: Hook): Delivery {
  const id = numberOf(call, 'delivery_id');
  const delivery = hook.deliveries.find((each) => each.id === id);
  if (delivery === undefined) throw notFound();
  return delivery;
}
