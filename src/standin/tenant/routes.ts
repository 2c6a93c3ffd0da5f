import { json, Router } from 'express';
import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import type { Assignments } from '../scale-sets/assignments.ts';
import { scaleSetRunnerRoutes } from '../scale-sets/jit-config-route.ts';
import { scaleSetQueueRoutes } from '../scale-sets/queue-routes.ts';
import { scaleSetRoutes } from '../scale-sets/routes.ts';
import { scaleSetSessionRoutes } from '../scale-sets/session-routes.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import type { KeyPool } from '../tokens/key-pool.ts';
import { agentRoutes } from './agents.ts';
import { locationRoutes } from './locations.ts';
import { poolRoutes } from './pools.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly address: Address;
  readonly stopping: AbortSignal;
  readonly tokens: AccessTokens;
  readonly keys: KeyPool;
  readonly offers: Offers;
  readonly assignments: Assignments;
}

/** The tenant's services, to which `runner-registration` leads: runners (A.3) and scale sets (H). */
export function tenantRoutes(deps: Deps): Router {
  const router = Router();
  router.use(json({ type: () => true, limit: '1mb' }));
  router.use(locationRoutes(deps.address));
  router.use(poolRoutes(deps));
  router.use(agentRoutes(deps));
  router.use(scaleSetRoutes(deps));
  router.use(scaleSetRunnerRoutes(deps));
  router.use(scaleSetSessionRoutes(deps));
  router.use(scaleSetQueueRoutes(deps));
  return router;
}
