import { Router } from 'express';
import type { Address } from '../dependencies.ts';
import { ACTOR } from '../events/payloads.ts';
import { userJson } from '../present/identity.ts';
import type { RateLimit } from './rate-limit.ts';

/** The account behind the token, and its rate limit. */
export function accountRoutes(address: Address, limit: RateLimit): Router {
  const router = Router();
  router.get('/user', (_request, response) => {
    response.json(userJson(ACTOR, address.url()));
  });
  router.get('/rate_limit', (_request, response) => {
    const core = limit.state();
    response.json({ resources: { core }, rate: core });
  });
  return router;
}
