import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { StandinClock } from '../dependencies.ts';
import { githubError } from '../http/refusal.ts';
import type { Faults, Strike } from './faults.ts';
import type { FaultKind, FaultOf } from './schema.ts';
import { loseAnswer, truncateAnswer } from './spoil-answer.ts';

const KINDS = [
  'slow',
  'error',
  'timeout',
  'reset',
  'rate-limit',
  'truncated',
] as const satisfies readonly FaultKind[];
type HttpStrike = Strike<(typeof KINDS)[number]>;
type Ends = Exclude<HttpStrike['fault'], { kind: 'slow' | 'truncated' }>;

interface Deps {
  readonly faults: Faults;
  readonly clock: StandinClock;
  readonly stopping: AbortSignal;
}

/** What the log of faults names a request by; GitHub's own id is there for REST only. */
const REQUEST_ID = 'X-Standin-Request-Id';

/** Spoils requests as the faults say, before any route sees them or after it has done its work. */
export function faultMiddleware({ faults, clock, stopping }: Deps): RequestHandler {
  /** Answers nothing until the client gives up, or for so long; then the connection ends. */
  async function hold(response: Response, ms: number): Promise<void> {
    const over = new AbortController();
    response.once('close', () => over.abort());
    await clock.sleep(ms, AbortSignal.any([over.signal, stopping]));
    response.socket?.destroy();
  }

  /** What the client gets instead of an answer. */
  function end(response: Response, fault: Ends): void {
    if (fault.kind === 'error') refuse(response, fault.status, 'Server Error');
    else if (fault.kind === 'rate-limit') refuseByLimit(response, fault, clock);
    else if (fault.kind === 'timeout') void hold(response, fault.atMost);
    else response.socket?.resetAndDestroy();
  }

  /** Whether the request goes on to its route. */
  async function spoil(response: Response, { fault, delay }: HttpStrike): Promise<boolean> {
    if (fault.kind === 'slow') await clock.sleep(delay(fault.delay), stopping);
    else if (fault.kind === 'truncated') truncateAnswer(response, fault.bytes);
    else if (fault.kind === 'reset' && fault.when === 'headers') truncateAnswer(response, 0);
    else if ('when' in fault && fault.when === 'after')
      loseAnswer(response, () => end(response, fault));
    else {
      end(response, fault);
      return false;
    }
    return true;
  }

  return async (request, response, next) => {
    const { method, path } = request;
    if (path.startsWith('/_standin')) return next();
    const subject = randomBytes(8).toString('hex');
    response.setHeader(REQUEST_ID, subject);
    const repository = repositoryIn(path);
    for (const strike of faults.at(KINDS, { request: { method, path }, repository, subject })) {
      if (!(await spoil(response, strike))) return;
    }
    next();
  };
}

/** The repository that REST and git paths name. */
const repositoryIn = (path: string): string | undefined => {
  const rest = /^(?:\/api\/v3)?\/repos\/([^/]+\/[^/]+)/.exec(path)?.[1];
  return rest ?? /^\/([^/]+\/[^/]+?)(?:\.git)?\/(?:info\/refs|git-)/.exec(path)?.[1];
};

function refuse(response: Response, status: number, message: string): void {
  response.status(status).json(githubError(status, message).body);
}

/** As GitHub says that there were too many requests: the whole budget is used, or it goes too fast. */
function refuseByLimit(
  response: Response,
  { limit, status, retryAfter }: FaultOf<'rate-limit'>,
  clock: StandinClock,
): void {
  const seconds = Math.ceil(retryAfter / 1000);
  if (limit === 'secondary') {
    response.setHeader('Retry-After', String(seconds));
    refuse(response, status, SECONDARY);
    return;
  }
  const reset = Math.floor(clock.now() / 1000) + seconds;
  const headers = { Limit: 15_000, Used: 15_000, Remaining: 0, Reset: reset, Resource: 'core' };
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(`X-RateLimit-${name}`, String(value));
  }
  refuse(response, status, 'API rate limit exceeded for user ID 1.');
}

const SECONDARY =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
