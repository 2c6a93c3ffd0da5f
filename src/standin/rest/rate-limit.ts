import type { RequestHandler } from 'express';
import type { StandinClock } from '../dependencies.ts';

const LIMIT = 15_000;
const WINDOW_MS = 3_600_000;

export type RateLimit = ReturnType<typeof createRateLimit>;

/** Counts requests by the hour and says so in headers, as GitHub does. Nobody is refused yet. */
export function createRateLimit(clock: StandinClock) {
  let used = 0;
  let resetAt = clock.now() + WINDOW_MS;

  const state = () => ({
    limit: LIMIT,
    used,
    remaining: Math.max(0, LIMIT - used),
    reset: Math.floor(resetAt / 1000),
  });

  const count: RequestHandler = (request, response, next) => {
    if (clock.now() >= resetAt) {
      used = 0;
      resetAt = clock.now() + WINDOW_MS;
    }
    if (!request.path.endsWith('/rate_limit')) used += 1;
    for (const [name, value] of Object.entries(state())) {
      response.setHeader(`X-RateLimit-${name}`, String(value));
    }
    response.setHeader('X-RateLimit-Resource', 'core');
    next();
  };

  return { state, count };
}
