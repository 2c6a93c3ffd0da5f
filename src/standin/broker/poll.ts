import type { Response } from 'express';
import type { StandinClock } from '../dependencies.ts';
import { brokerError } from '../http/refusal.ts';
import type { Runner, Session } from '../state/model.ts';
import { waitIn, wake } from '../state/open-polls.ts';
import type { Mail } from './messages.ts';

/** How long an empty poll is held (protocol K). */
const HOLD_MS = 50_000;

interface Deps {
  readonly clock: StandinClock;
  readonly stopping: AbortSignal;
  readonly isKnown: (runner: Runner) => boolean;
  readonly mail: (runner: Runner) => Mail;
}

/**
 * Answers one long poll: with a message as soon as there is one, with 202 when the time is up, when
 * the stand-in stops or when the runner polls again, with the broker's error when it was deleted.
 */
export async function holdPoll(
  deps: Deps,
  runner: Runner,
  session: Session,
  response: Response,
): Promise<void> {
  const { clock, stopping } = deps;
  const deadline = clock.now() + HOLD_MS;
  const mine = { superseded: false };
  supersede.get(session)?.();
  supersede.set(session, () => {
    mine.superseded = true;
    wake(runner);
  });
  response.once('close', () => wake(runner));
  while (!response.destroyed && !mine.superseded && !stopping.aborted) {
    refuseWhenGone(deps, runner, session);
    session.lastSeenAt = clock.now();
    const mail = deps.mail(runner);
    if ('message' in mail) return send(response, mail);
    const waitMs = Math.min(mail.waitMs, deadline - clock.now());
    if (waitMs <= 0) break;
    await sleepUntilWoken(clock, session, waitMs, stopping);
  }
  if (stopping.aborted) response.setHeader('Connection', 'close');
  if (!response.destroyed) response.status(202).end();
}

/** How to end the open poll of a session. */
const supersede = new WeakMap<Session, () => void>();

function refuseWhenGone(deps: Deps, runner: Runner, session: Session): void {
  if (!deps.isKnown(runner)) {
    throw brokerError(404, 'RunnerNotFound', `Runner ${runner.name} not found`);
  }
  if (runner.session !== session) {
    throw brokerError(404, 'RunnerSessionInvalid', 'The session has ended');
  }
}

function send(response: Response, mail: Extract<Mail, { message: unknown }>): void {
  response.once('close', () => {
    if (!response.writableFinished) mail.undo();
  });
  response.json(mail.message);
}

async function sleepUntilWoken(
  clock: StandinClock,
  session: Session,
  ms: number,
  stopping: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  const woken = waitIn(session, controller);
  const stop = () => controller.abort();
  stopping.addEventListener('abort', stop, { once: true });
  try {
    await clock.sleep(ms, controller.signal);
  } finally {
    stopping.removeEventListener('abort', stop);
    woken();
  }
}
