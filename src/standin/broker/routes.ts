import { randomUUID } from 'node:crypto';
import { json, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import { brokerError, Refusal } from '../http/refusal.ts';
import { bodyOf, credentialOf, query } from '../http/request.ts';
import { endSession } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Runner, Session } from '../state/model.ts';
import { isPolling } from '../state/open-polls.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { nextMail } from './messages.ts';
import { holdPoll } from './poll.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly offers: Offers;
  readonly stopping: AbortSignal;
}

const sessionBody = z.looseObject({ ownerName: z.string().default('') });
const acknowledgement = z.looseObject({ runnerRequestId: z.string() });

/** The broker (protocol B.1): sessions, the long poll, acknowledgements. Mounted at `/broker`. */
export function brokerRoutes(deps: Deps): Router {
  const router = Router();
  const isKnown = (runner: Runner) => deps.store.runners.get(runner.id) === runner;
  const mail = (runner: Runner) =>
    nextMail(
      { store: deps.store, clock: deps.clock, runServiceUrl: () => `${deps.address.url()}/run/1/` },
      runner,
    );
  router.use(json({ type: () => true, strict: false }));
  router.get('/health', (_request, response) => void response.status(200).end());
  router.post('/session', async (request, response) => {
    const runner = await authenticate(deps, request);
    openSession(deps, runner, bodyOf(request, sessionBody).ownerName, response);
  });
  router.delete('/session', async (request, response) => {
    const runner = await runnerOf(deps, request);
    if (runner?.session) {
      endSession(deps.store, deps.offers, runner);
      deps.log.info('runner session closed', { runner: runner.name });
    }
    response.status(204).end();
  });
  router.get('/message', async (request, response) => {
    const runner = await authenticate(deps, request);
    const session = sessionOf(runner, query(request, 'sessionId'));
    session.status = query(request, 'status') === 'Busy' ? 'Busy' : 'Online';
    session.lastSeenAt = deps.clock.now();
    deps.offers.offerJobs();
    await holdPoll(
      { clock: deps.clock, stopping: deps.stopping, isKnown, mail },
      runner,
      session,
      response,
    );
  });
  router.post('/acknowledge', async (request, response) => {
    const runner = await authenticate(deps, request);
    sessionOf(runner, query(request, 'sessionId'));
    const { runnerRequestId } = bodyOf(request, acknowledgement);
    acknowledge(deps, runner, runnerRequestId);
    response.status(200).end();
  });
  return router;
}

/** The runner that the token names; undefined when it was deleted. Refuses a bad token. */
async function runnerOf({ store, tokens }: Deps, request: Request): Promise<Runner | undefined> {
  const id = await tokens.runnerId(credentialOf(request));
  if (id === null) throw new Refusal(401, { message: 'The token is not valid' });
  return store.runners.get(id);
}

async function authenticate(deps: Deps, request: Request): Promise<Runner> {
  const runner = await runnerOf(deps, request);
  if (runner === undefined) throw brokerError(404, 'RunnerNotFound', 'Runner not found');
  return runner;
}

function sessionOf(runner: Runner, id: string | undefined): Session {
  const { session } = runner;
  if (session === null || session.id !== id) {
    throw brokerError(404, 'RunnerSessionInvalid', 'The session is not valid');
  }
  return session;
}

/** A runner has one session. A second one is refused while the first one polls (protocol B.2). */
function openSession(deps: Deps, runner: Runner, ownerName: string, response: Response): void {
  if (runner.session !== null && isPolling(runner.session)) {
    throw new Refusal(409, { message: `Runner ${runner.name} already has an active session` });
  }
  runner.session = {
    id: randomUUID(),
    ownerName,
    status: null,
    lastSeenAt: deps.clock.now(),
  };
  deps.log.info('runner session opened', { runner: runner.name });
  response.status(201).json({
    sessionId: runner.session.id,
    ownerName,
    assignmentQueued: false,
    orchestrationId: '',
  });
}

function acknowledge({ store }: Deps, runner: Runner, requestId: string): void {
  const job = runner.offer === null ? undefined : store.jobs.get(runner.offer.jobId);
  if (runner.offer === null || job?.backendId !== requestId) {
    throw brokerError(404, 'AcknowledgeJobNotFound', 'The job is not offered to this runner');
  }
  runner.offer.acknowledged = true;
}
