import type { RequestHandler } from 'express';
import { githubError, notForIntegrations } from '../../http/refusal.ts';
import { credentialOf } from '../../http/request.ts';
import type { CallerOf } from './caller.ts';

/** Lets the holder of the stand-in's token through, and nobody else. */
export const ownerOnly =
  (callerOf: CallerOf): RequestHandler =>
  async (request, _response, next) => {
    const caller = await callerOf(credentialOf(request));
    if (caller === null) throw githubError(401, 'Bad credentials');
    if (caller.kind === 'anonymous') throw githubError(401, 'Requires authentication');
    if (caller.kind !== 'owner') throw notForIntegrations();
    next();
  };
