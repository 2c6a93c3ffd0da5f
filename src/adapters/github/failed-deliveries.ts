import { z } from 'zod';
import type { FailedDelivery } from '../../ports/github-listing.ts';
import { succeeded } from './http.ts';
import { type RestClient, refused } from './rest-client.ts';
import { scopePath } from './rest-paths.ts';

/** How our webhook's address ends, whatever is in front of the hub. */
const OUR_PATH = '/webhooks/github';

const hooksPage = z.array(
  z.looseObject({
    id: z.number(),
    active: z.boolean().default(true),
    config: z.looseObject({ url: z.string().optional() }),
  }),
);
const delivery = z.looseObject({
  id: z.number(),
  guid: z.string(),
  event: z.string(),
  delivered_at: z.string(),
  status_code: z.number(),
});
type Delivery = z.infer<typeof delivery>;

/** Newest first, a hundred each: enough for an hour of a busy hook, and no more than it must cost. */
const PAGES = 5;

/**
 * GitHub itself never delivers again (protocol I.2). Of a delivery that was tried several times, all
 * attempts have one guid; it has failed when none of them was answered with 2xx. A token that may not
 * read webhooks finds none.
 */
export async function failedDeliveries(
  rest: RestClient,
  repository: string,
  since: string,
): Promise<readonly FailedDelivery[]> {
  const call = { scope: repository, urgency: 'background' } as const;
  const base = `${scopePath(repository)}/hooks`;
  const what = 'listing webhooks';
  const reply = await rest.repeat({ ...call, what, method: 'GET', path: `${base}?per_page=100` });
  if (reply.status === 403 || reply.status === 404) return [];
  if (!succeeded(reply)) throw refused(what, reply);
  const hooks = hooksPage.safeParse(reply.json).data ?? [];
  const ours = hooks.filter(({ active, config }) => active && config.url?.endsWith(OUR_PATH));
  const found = await Promise.all(
    ours.map(async ({ id }) => {
      const path = `${base}/${id}/deliveries`;
      const deliveries = await rest.list(
        { ...call, what: 'listing deliveries', path: `${path}?per_page=100`, mostPages: PAGES },
        z.array(delivery),
      );
      return failedOf(deliveries, since).map((failed) => ({
        guid: failed.guid,
        event: failed.event,
        deliveredAt: failed.delivered_at,
        redeliver: () => redeliver(rest, repository, `${path}/${failed.id}/attempts`),
      }));
    }),
  );
  return found.flat();
}

function failedOf(deliveries: readonly Delivery[], since: string) {
  const isOk = (code: number) => code >= 200 && code < 300;
  const arrived = new Set(
    deliveries.filter(({ status_code }) => isOk(status_code)).map(({ guid }) => guid),
  );
  const failed = deliveries.filter(
    ({ guid, delivered_at }) => !arrived.has(guid) && Date.parse(delivered_at) >= Date.parse(since),
  );
  return [...new Map(failed.map((each) => [each.guid, each])).values()];
}

async function redeliver(rest: RestClient, scope: string, path: string): Promise<void> {
  const what = 'asking for a delivery';
  const reply = await rest.send({ what, method: 'POST', path, scope, urgency: 'background' });
  if (!succeeded(reply)) throw refused(what, reply);
}
