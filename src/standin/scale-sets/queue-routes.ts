import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { StandinClock } from '../dependencies.ts';
import { longPoll } from '../http/long-poll.ts';
import { bodyOf, param, query } from '../http/request.ts';
import type { ScaleSet, ScaleSetMessage, ScaleSetSession } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';
import { queueSessionOf } from '../tenant/caller.ts';
import { invalidRequest, tenantError } from '../tenant/tenant-error.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import type { Assignments } from './assignments.ts';
import { noSuchScaleSet } from './find.ts';
import { deleteMessage, nextMessage } from './queue.ts';
import { assignedJobs, statisticsOf } from './statistics.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly stopping: AbortSignal;
  readonly tokens: AccessTokens;
  readonly assignments: Assignments;
}

interface Listener {
  readonly set: ScaleSet;
  readonly session: ScaleSetSession;
}

const jobIds = z.array(z.number().int());

/** What a scale set's listener does with its queue token: poll, acknowledge, acquire (protocol H.2). */
export function scaleSetQueueRoutes(deps: Deps): Router {
  const router = Router();
  const base = '/_apis/runtime/runnerscalesets/:id';
  router.get(`${base}/messages`, async (request, response) => {
    const listener = await listenerOf(deps, request);
    listener.set.capacity = capacityOf(request);
    const lastMessageId = Number(query(request, 'lastMessageId') ?? 0);
    await hold(deps, listener, lastMessageId, response);
  });
  router.delete(`${base}/messages/:message`, async (request, response) => {
    const { set } = await listenerOf(deps, request);
    deleteMessage(set, Number(param(request, 'message')));
    response.status(204).end();
  });
  router.post(`${base}/acquirejobs`, async (request, response) => {
    const { set } = await listenerOf(deps, request);
    const value = deps.assignments.acquire(set, bodyOf(request, jobIds, invalidRequest));
    response.json({ count: value.length, value });
  });
  return router;
}

async function listenerOf({ store, clock, tokens }: Deps, request: Request): Promise<Listener> {
  const sessionId = await queueSessionOf(tokens, request);
  const id = param(request, 'id');
  const set = store.scaleSets.get(Number(id));
  if (set === undefined) throw noSuchScaleSet(id);
  if (set.session?.id !== sessionId) throw sessionEnded();
  set.session.lastSeenAt = clock.now();
  return { set, session: set.session };
}

const sessionEnded = () =>
  tenantError(404, 'TaskAgentSessionExpiredException', 'The session has ended');

/** `X-ScaleSetMaxCapacity`; a listener that does not say takes all there is. */
function capacityOf({ headers }: Request): number | null {
  const text = headers['x-scalesetmaxcapacity'];
  return typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : null;
}

const hold = (
  { store, clock, stopping }: Deps,
  { set, session }: Listener,
  lastMessageId: number,
  response: Response,
): Promise<void> =>
  longPoll({ clock, stopping }, session, response, () => {
    if (set.session !== session) throw sessionEnded();
    session.lastSeenAt = clock.now();
    store.scaleSets.touch(set.id);
    const message = nextMessage(set, lastMessageId, assignedJobs(store, set).length);
    if (message === null) return { waitMs: Number.POSITIVE_INFINITY };
    const statistics = statisticsOf(store, clock, set);
    return { answer: () => void response.json({ ...messageJson(message), statistics }) };
  });

const messageJson = ({ id, events }: ScaleSetMessage) => ({
  messageId: id,
  messageType: 'RunnerScaleSetJobMessages',
  body: JSON.stringify(events.map(({ body }) => body)),
});
