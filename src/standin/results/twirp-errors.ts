import type { ErrorRequestHandler, RequestHandler } from 'express';
import { twirpError } from '../http/refusal.ts';

/** Twirp reads JSON here; who sends protobuf is told so, and not that the body is broken. */
export const refuseOtherBodies: RequestHandler = ({ headers }, _response, next) => {
  const type = headers['content-type'] ?? 'application/json';
  if (/^application\/(?:[^;]*\+)?json\b/i.test(type)) return next();
  throw twirpError(404, 'bad_route', `unexpected Content-Type: "${type}"`);
};

const unknown: RequestHandler = (request) => {
  throw twirpError(404, 'bad_route', `no handler for path "${request.originalUrl}"`);
};

const inTwirp: ErrorRequestHandler = (error: unknown, _request, _response, next) => {
  const type: unknown = error instanceof Error && 'type' in error ? error.type : null;
  if (type === 'entity.parse.failed') {
    next(twirpError(400, 'malformed', 'the json request could not be decoded'));
  } else if (type === 'entity.too.large') {
    next(twirpError(413, 'resource_exhausted', 'the request is too large'));
  } else next(error);
};

/** Below `/twirp`, after all services: what none of them knows, and errors in Twirp's own form. */
export const twirpEnd = [unknown, inTwirp] as const;
