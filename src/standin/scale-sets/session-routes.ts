import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import { bodyOf, param } from '../http/request.ts';
import { isPolling, wakeSession } from '../state/open-polls.ts';
import type { ScaleSet, ScaleSetSession } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';
import { invalidRequest, tenantError } from '../tenant/tenant-error.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import type { Assignments } from './assignments.ts';
import { findScaleSet } from './find.ts';
import { scaleSetJson, scaleSetUrl } from './scale-set-json.ts';
import { statisticsOf } from './statistics.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly assignments: Assignments;
}

/** A session that has not polled for so long makes way for another owner's. */
const SILENT_MS = 2 * 60_000;

const body = z.looseObject({ ownerName: z.string().min(1) });

/** Sessions of scale sets, one at a time each (protocol H.2). */
export function scaleSetSessionRoutes(deps: Deps): Router {
  const router = Router();
  const base = '/_apis/runtime/runnerscalesets/:id/sessions';
  router.post(base, async (request, response) => {
    const set = await findScaleSet(deps, request);
    const { ownerName } = bodyOf(request, body, invalidRequest);
    open(deps, set, ownerName);
    await answer(deps, set, response);
  });
  router.patch(`${base}/:session`, async (request, response) => {
    const set = await findScaleSet(deps, request);
    sessionOf(set, request).lastSeenAt = deps.clock.now();
    await answer(deps, set, response);
  });
  router.delete(`${base}/:session`, async (request, response) => {
    const set = await findScaleSet(deps, request);
    const session = sessionOf(set, request);
    set.session = null;
    wakeSession(session);
    deps.log.info('scale set session closed', { scaleSet: set.name });
    response.status(204).end();
  });
  return router;
}

function open({ clock, log, assignments }: Deps, set: ScaleSet, ownerName: string): void {
  const { session } = set;
  if (session !== null && isAlive(session, clock)) {
    const message = `Scale set ${set.name} already has an active session for owner ${session.ownerName}`;
    throw tenantError(409, 'TaskAgentSessionConflictException', message);
  }
  set.session = { id: randomUUID(), ownerName, lastSeenAt: clock.now() };
  set.capacity = null;
  wakeSession(session);
  log.info('scale set session opened', { scaleSet: set.name, ownerName });
  assignments.announceAll();
}

const isAlive = (session: ScaleSetSession, clock: StandinClock): boolean =>
  isPolling(session) || clock.now() - session.lastSeenAt < SILENT_MS;

function sessionOf({ session }: ScaleSet, request: Request): ScaleSetSession {
  if (session?.id === param(request, 'session')) return session;
  throw tenantError(404, 'TaskAgentSessionExpiredException', 'The session has ended');
}

/** The session with a fresh token for its queue. */
async function answer(deps: Deps, set: ScaleSet, response: Response): Promise<void> {
  const { store, clock, address, tokens } = deps;
  const { id: sessionId, ownerName } = set.session ?? { id: '', ownerName: '' };
  response.json({
    sessionId,
    ownerName,
    runnerScaleSet: scaleSetJson(deps, set),
    messageQueueUrl: `${scaleSetUrl(address, set)}/messages?sessionId=${sessionId}`,
    messageQueueAccessToken: await tokens.forQueue(sessionId),
    statistics: statisticsOf(store, clock, set),
  });
}
