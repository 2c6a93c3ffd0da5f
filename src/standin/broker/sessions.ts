import { randomUUID } from 'node:crypto';
import type { StandinClock } from '../dependencies.ts';
import { brokerError, Refusal } from '../http/refusal.ts';
import { endSession } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Runner, Session } from '../state/model.ts';
import { isPolling } from '../state/open-polls.ts';
import type { Store } from '../state/store.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly offers: Offers;
}

/** So long after its last poll a session still keeps other owners out (protocol B.2). */
const KEPT_MS = 60_000;
/** A session without a poll for so long has expired. */
const EXPIRED_MS = 10 * 60_000;

/**
 * A runner has one session (protocol B.2). While that one polls, or has just polled, another is
 * refused; only the owner itself may come back at once.
 */
export function openSession(deps: Deps, runner: Runner, ownerName: string): Session {
  const { session } = runner;
  if (session !== null && isKept(deps.clock, session, ownerName)) {
    throw new Refusal(409, {
      message: `The agent session for agent ${runner.name} already exists, owned by ${session.ownerName}`,
      typeName: 'GitHub.DistributedTask.WebApi.TaskAgentSessionConflictException',
    });
  }
  endSession(deps.store, deps.offers, runner);
  runner.session = {
    id: randomUUID(),
    ownerName,
    status: null,
    lastSeenAt: deps.clock.now(),
  };
  return runner.session;
}

const isKept = (clock: StandinClock, session: Session, ownerName: string): boolean =>
  isPolling(session) ||
  (session.ownerName !== ownerName && clock.now() - session.lastSeenAt < KEPT_MS);

/** The session of this id; refuses one that is not the runner's, or has expired. */
export function sessionOf({ store, clock, offers }: Deps, runner: Runner, id: string | undefined) {
  const { session } = runner;
  const isExpired = session !== null && clock.now() - session.lastSeenAt > EXPIRED_MS;
  if (session !== null && isExpired && !isPolling(session)) endSession(store, offers, runner);
  if (runner.session === null || runner.session.id !== id?.toLowerCase()) {
    throw brokerError(404, 'RunnerSessionInvalid', 'The session is not valid');
  }
  return runner.session;
}
