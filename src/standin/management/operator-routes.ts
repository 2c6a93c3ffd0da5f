import { json, Router } from 'express';
import { clockRoutes } from '../clock/routes.ts';
import type { OwnClock } from '../clock/stand-in-clock.ts';
import type { Address } from '../dependencies.ts';
import type { Faults } from '../faults/faults.ts';
import { faultRoutes } from '../faults/routes.ts';
import type { SaveStatus } from '../state/disk/saver.ts';
import type { Store } from '../state/store.ts';
import { statusHtml, statusOf } from './status.ts';

interface Deps {
  readonly clock: OwnClock;
  readonly store: Store;
  readonly address: Address;
  readonly faults: Faults;
  readonly settle: () => Promise<void>;
  /** Null where the state is in memory only. */
  readonly saveStatus: () => SaveStatus | null;
}

/** What whoever runs a stand-in asks of it: faults, clock and status, below `/_standin`. */
export function operatorRoutes(deps: Deps): Router {
  const router = Router();
  router.use(json({ limit: '5mb' }));
  router.use(faultRoutes(deps.faults));
  router.use(clockRoutes(deps));
  router.get('/status', (request, response) => {
    const status = statusOf(deps);
    if (request.accepts(['json', 'html']) === 'html')
      response.type('html').send(statusHtml(status));
    else response.json(status);
  });
  return router;
}
