import type { ErrorRequestHandler, RequestHandler } from 'express';
import { messageOf } from '../../domain/errors.ts';
import type { StandinLog } from '../dependencies.ts';
import { githubError, notFound, Refusal } from './refusal.ts';

export const unknownRoute: RequestHandler = () => {
  throw notFound();
};

/** Writes refusals as they are, bad bodies as GitHub does, and everything else as a 500. */
export const errorHandler =
  (log: StandinLog): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = refusalOf(error);
    if (refusal === null) {
      log.error('request failed', {
        method: request.method,
        path: request.path,
        error: messageOf(error),
      });
    }
    const { status, body, headers } = refusal ?? githubError(500, 'Server Error');
    response.status(status).set(headers).json(body);
  };

function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  const type: unknown = error instanceof Error && 'type' in error ? error.type : null;
  if (type === 'entity.parse.failed') return githubError(400, 'Problems parsing JSON');
  if (type === 'entity.too.large') return githubError(413, 'Payload too large');
  if (error instanceof URIError) return githubError(400, 'Bad Request');
  return null;
}
