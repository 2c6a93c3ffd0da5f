import { json, type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import { brokerError, Refusal } from '../http/refusal.ts';
import { bodyOf, credentialOf, query } from '../http/request.ts';
import { wireObject } from '../http/wire-object.ts';
import { endSession } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { type Mail, nextMail } from './messages.ts';
import { holdPoll } from './poll.ts';
import { openSession, sessionOf } from './sessions.ts';
import { isOlder } from './versions.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly offers: Offers;
  readonly stopping: AbortSignal;
  /** Messages as they come where something goes wrong on purpose. */
  readonly spoilMail: (next: (runner: Runner) => Mail) => (runner: Runner) => Mail;
}

const sessionBody = wireObject({
  ownerName: z.string().default(''),
  agent: wireObject({ version: z.string().nullish() }).nullish(),
});
const acknowledgement = wireObject({ runnerRequestId: z.string() });

const invalid = (message: string): Refusal => new Refusal(400, { message });

/** The broker (protocol B.1): sessions, the long poll, acknowledgements. Mounted at `/broker`. */
export function brokerRoutes(deps: Deps): Router {
  const { store, clock, offers, log } = deps;
  const router = Router();
  const isKnown = (runner: Runner) => store.runners.get(runner.id) === runner;
  const mail = deps.spoilMail((runner) => nextMail(deps, runner));
  router.use(refuseApiVersion);
  router.use(json({ type: () => true, strict: false }));
  router.get('/health', (_request, response) => void response.status(200).end());
  router.post('/session', async (request, response) => {
    const runner = await authenticate(deps, request);
    const { ownerName, agent } = bodyOf(request, sessionBody, invalid);
    const session = openSession(deps, runner, ownerName);
    runner.version = agent?.version ?? runner.version;
    log.info('runner session opened', { runner: runner.name });
    const rest = { ownerName, assignmentQueued: false, orchestrationId: '' };
    response.status(201).json({ sessionId: session.id, ...rest });
  });
  router.delete('/session', async (request, response) => {
    const runner = await runnerOf(deps, request);
    if (runner?.session) {
      endSession(store, offers, runner);
      log.info('runner session closed', { runner: runner.name });
    }
    response.status(204).end();
  });
  router.get('/message', async (request, response) => {
    const runner = await authenticate(deps, request);
    const session = sessionOf(deps, runner, query(request, 'sessionId'));
    describeItself(deps, runner, request);
    session.status = statusOf(request);
    session.lastSeenAt = clock.now();
    offers.ready(runner);
    offers.offerJobs();
    await holdPoll({ clock, stopping: deps.stopping, isKnown, mail }, runner, session, response);
  });
  router.post('/acknowledge', async (request, response) => {
    const runner = await authenticate(deps, request);
    sessionOf(deps, runner, query(request, 'sessionId'));
    acknowledge(deps, runner, bodyOf(request, acknowledgement, invalid).runnerRequestId);
    response.status(200).end();
  });
  return router;
}

/** The broker knows no versions of its interface, and refuses whoever names one (protocol B.1). */
const refuseApiVersion: RequestHandler = ({ headers }, _response, next) => {
  if (!/;\s*api-version\s*=/i.test(headers.accept ?? '')) return next();
  throw new Refusal(400, { message: 'The media type parameter api-version is not supported' });
};

function statusOf(request: Request): 'Online' | 'Busy' {
  const status = query(request, 'status') ?? 'Online';
  if (/^online$/i.test(status)) return 'Online';
  if (/^busy$/i.test(status)) return 'Busy';
  throw new Refusal(400, { message: `The status ${status} is not known` });
}

/** What the runner says of itself with every poll; one that is too old gets nothing (protocol B.2). */
function describeItself({ store }: Deps, runner: Runner, request: Request): void {
  runner.os = query(request, 'os') ?? runner.os;
  runner.version = query(request, 'runnerVersion') ?? runner.version;
  const { minimumRunnerVersion: minimum } = store.settings;
  if (runner.version === null || !isOlder(runner.version, minimum)) return;
  const message = `Runner version v${runner.version} is deprecated and cannot receive messages.`;
  throw brokerError(403, 'RunnerVersionTooOld', message);
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

function acknowledge({ store }: Deps, runner: Runner, requestId: string): void {
  const job = runner.offer === null ? undefined : store.jobs.get(runner.offer.jobId);
  if (runner.offer === null || job?.backendId !== requestId) {
    throw brokerError(404, 'AcknowledgeJobNotFound', 'The job is not offered to this runner');
  }
  runner.offer.acknowledged = true;
}
