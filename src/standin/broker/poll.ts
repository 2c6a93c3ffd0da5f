import type { Response } from 'express';
import type { StandinClock } from '../dependencies.ts';
import { longPoll } from '../http/long-poll.ts';
import { brokerError } from '../http/refusal.ts';
import type { Runner, Session } from '../state/model.ts';
import type { Mail } from './messages.ts';

interface Deps {
  readonly clock: StandinClock;
  readonly stopping: AbortSignal;
  readonly isKnown: (runner: Runner) => boolean;
  readonly mail: (runner: Runner) => Mail;
}

/** Answers one long poll with a message, or with the broker's error when the runner was deleted. */
export function holdPoll(
  deps: Deps,
  runner: Runner,
  session: Session,
  response: Response,
): Promise<void> {
  return longPoll(deps, session, response, () => {
    refuseWhenGone(deps, runner, session);
    session.lastSeenAt = deps.clock.now();
    const mail = deps.mail(runner);
    return 'message' in mail ? { answer: () => send(response, mail) } : mail;
  });
}

function refuseWhenGone({ isKnown }: Deps, runner: Runner, session: Session): void {
  if (!isKnown(runner)) {
    throw brokerError(404, 'RunnerNotFound', `Runner ${runner.name} not found`);
  }
  if (runner.session !== session) {
    throw brokerError(404, 'RunnerSessionInvalid', 'The session has ended');
  }
}

/** Writes the message; one whose connection breaks meanwhile is sent again. */
function send(response: Response, mail: Extract<Mail, { message: unknown }>): void {
  response.once('close', () => {
    if (!response.writableFinished) mail.undo();
  });
  response.json(mail.message);
}
