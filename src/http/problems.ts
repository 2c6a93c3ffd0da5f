import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { ProblemView } from '../contract/job-view.ts';
import { AppError, type ErrorCode, isAppError, messageOf } from '../domain/errors.ts';
import type { Log } from '../ports/log.ts';

/** Every error code has a status and a title here. */
export const PROBLEMS: Record<ErrorCode, { readonly status: number; readonly title: string }> = {
  'bad-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'Not authorized' },
  'not-found': { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'database-down': { status: 503, title: 'The database does not answer' },
  'queue-down': { status: 503, title: 'The queue does not answer' },
  'docker-down': { status: 503, title: 'Docker does not answer' },
  'host-full': { status: 503, title: 'No Docker host has room' },
  'container-lost': { status: 500, title: 'A container was lost' },
  'image-missing': { status: 500, title: 'An image is missing' },
  'docker-failed': { status: 500, title: 'Docker failed' },
  'github-unreachable': { status: 502, title: 'GitHub does not answer' },
  'github-refused': { status: 502, title: 'GitHub refused' },
  'github-limited': { status: 503, title: 'GitHub limits our rate' },
  'action-missing': { status: 502, title: 'An action is missing' },
  'action-unusable': { status: 502, title: 'An action cannot be used' },
  'runner-name-taken': { status: 409, title: 'The runner name is taken' },
  'runner-gone': { status: 410, title: 'The runner is gone' },
  'limit-exceeded': { status: 422, title: 'A limit was exceeded' },
  'job-gone': { status: 410, title: 'The job is gone' },
  'state-unreadable': { status: 500, title: 'The state cannot be read' },
  cancelled: { status: 503, title: 'Cancelled' },
  timeout: { status: 504, title: 'Too late' },
  internal: { status: 500, title: 'Internal error' },
};

const REQUEST_ID = 'x-request-id';

/** Gives every request an id of our own, which the answer carries and the log names. */
export const giveRequestId: RequestHandler = (_request, response, next) => {
  response.setHeader(REQUEST_ID, randomUUID());
  next();
};

export const noSuchRoute: RequestHandler = (request) => {
  throw new AppError('not-found', `There is no ${request.method} ${pathOf(request)}.`);
};

const pathOf = (request: Request): string => request.path.slice(0, 200);

/** Turns whatever was thrown into problem+json; what is our own fault is logged, not shown. */
export function answerProblems(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = asAppError(thrown);
    const { status, title } = PROBLEMS[error.code];
    const requestId = String(response.getHeader(REQUEST_ID));
    if (status >= 500) {
      const { method } = request;
      const fields = { requestId, method, path: pathOf(request), code: error.code };
      log.error('request failed', { ...fields, error: thrown });
    }
    // The answer has begun, so all that is left is to break it off.
    if (response.headersSent) return next(thrown);
    const detail = error.code === 'internal' ? 'See the log of the hub.' : error.message;
    const problem: ProblemView = {
      type: `urn:runnerhub:problem:${error.code}`,
      title,
      status,
      code: error.code,
      detail,
      requestId,
    };
    response.status(status).type('application/problem+json').send(JSON.stringify(problem));
  };
}

/** Express and its body parser throw errors of their own, with a status. */
function asAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const cause = { cause: thrown };
  switch (statusOf(thrown)) {
    case 413:
      return new AppError('payload-too-large', 'The body is larger than 25 MB.', cause);
    case 415:
      return new AppError('unsupported-media-type', messageOf(thrown), cause);
    case 400:
    case 404:
      return new AppError('bad-request', messageOf(thrown), cause);
    default:
      return new AppError('internal', messageOf(thrown), cause);
  }
}

const statusOf = (thrown: unknown): number =>
  typeof thrown === 'object' && thrown !== null && 'status' in thrown ? Number(thrown.status) : 500;
