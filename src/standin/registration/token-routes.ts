import { Router } from 'express';
import { wireTime } from '../dependencies.ts';
import { scopeOf } from '../rest/lookup.ts';
import type { Store } from '../state/store.ts';
import type { RegistrationTokens } from './registration-tokens.ts';

interface Deps {
  readonly store: Store;
  readonly registrationTokens: RegistrationTokens;
}

/** Tokens for `config.sh` and for scale sets, as REST gives them out (protocol A.1, H.1). */
export function registrationTokenRoutes({ store, registrationTokens }: Deps): Router {
  const router = Router();
  for (const scope of ['/repos/:owner/:repo', '/orgs/:org']) {
    for (const kind of ['registration', 'remove'] as const) {
      router.post(`${scope}/actions/runners/${kind}-token`, (request, response) => {
        const token = registrationTokens.issue(kind, scopeOf(store, request));
        response.status(201).json({ token: token.text, expires_at: wireTime(token.expiresAt) });
      });
    }
  }
  return router;
}
