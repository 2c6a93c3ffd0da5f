import type { Response } from 'express';
import type { StandinClock } from '../dependencies.ts';
import { waitIn } from '../state/open-polls.ts';

/** How long an empty poll is held (protocol K). */
const HOLD_MS = 50_000;

interface Deps {
  readonly clock: StandinClock;
  readonly stopping: AbortSignal;
}

/** What a look at the state found: something to answer with, or how long to wait before the next look. */
export type Found = { readonly answer: () => void } | { readonly waitMs: number };

/** How to end the open poll of a session. */
const supersede = new WeakMap<object, () => void>();

/**
 * Holds one request until there is something for it. `look` is called at once and whenever somebody
 * wakes `session`; what it throws is the answer. An empty poll ends with 202: when its time is up, when
 * the stand-in stops, and when the same session polls again.
 */
export async function longPoll(
  { clock, stopping }: Deps,
  session: object,
  response: Response,
  look: () => Found,
): Promise<void> {
  const deadline = clock.now() + HOLD_MS;
  const ended = new AbortController();
  supersede.get(session)?.();
  supersede.set(session, () => ended.abort());
  response.once('close', () => ended.abort());
  while (!ended.signal.aborted && !stopping.aborted) {
    const found = look();
    if ('answer' in found) return found.answer();
    const waitMs = Math.min(found.waitMs, deadline - clock.now());
    if (waitMs <= 0) break;
    await sleepUntilWoken(clock, session, waitMs, [stopping, ended.signal]);
  }
  if (stopping.aborted) response.setHeader('Connection', 'close');
  if (!response.destroyed) response.status(202).end();
}

async function sleepUntilWoken(
  clock: StandinClock,
  session: object,
  ms: number,
  signals: readonly AbortSignal[],
): Promise<void> {
  const controller = new AbortController();
  const awake = waitIn(session, controller);
  const stop = () => controller.abort();
  for (const signal of signals) signal.addEventListener('abort', stop, { once: true });
  try {
    await clock.sleep(ms, controller.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', stop);
    awake();
  }
}
