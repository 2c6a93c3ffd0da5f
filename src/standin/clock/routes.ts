import { Router } from 'express';
import { z } from 'zod';
import { wireTime } from '../dependencies.ts';
import { githubError } from '../http/refusal.ts';
import { bodyOf } from '../http/request.ts';
import { parseDuration } from './duration.ts';
import type { OwnClock } from './stand-in-clock.ts';

interface Deps {
  readonly clock: OwnClock;
  /** Waits until what has begun is over, as far as it does not wait for the clock itself. */
  readonly settle: () => Promise<void>;
}

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration like 10m or 1h30m' });
  return z.NEVER;
});

const instant = z.iso.datetime({
  offset: true,
  error: 'must be an instant like 2026-03-01T12:00:00Z',
});
const move = z.union(
  [z.strictObject({ advance: duration }), z.strictObject({ to: instant.transform(Date.parse) })],
  { error: 'give either "advance", a duration, or "to", an instant' },
);

/** The clock in the management API: what it shows, and moving it by hand. */
export function clockRoutes({ clock, settle }: Deps): Router {
  const router = Router();
  router.get('/clock', (_request, response) => void response.json(clockJson(clock)));
  router.post('/clock', async (request, response) => {
    const wanted = bodyOf(request, move);
    if (clock.advanceTo === null) {
      throw githubError(409, 'The clock moves by itself. Start with --clock manual to move it.');
    }
    const to = 'to' in wanted ? wanted.to : clock.now() + wanted.advance;
    if (to < clock.now()) {
      throw githubError(422, `It is ${wireTime(clock.now())} already, and time never goes back.`);
    }
    await clock.advanceTo(to, settle);
    response.json(clockJson(clock));
  });
  return router;
}

export const clockJson = (clock: OwnClock) => ({
  kind: clock.plan.kind,
  now: wireTime(clock.now()),
  ...(clock.plan.kind === 'accelerated' ? { factor: clock.plan.factor } : {}),
});
