import { type Request, Router } from 'express';
import { Refusal } from '../http/refusal.ts';
import { credentialOf, param, query } from '../http/request.ts';
import type { Job } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from './access-tokens.ts';
import { type IdTokens, ISSUER_PATH, mayHaveIdToken } from './id-tokens.ts';

interface Deps {
  readonly store: Store;
  readonly tokens: AccessTokens;
  readonly idTokens: IdTokens;
}

/** Path of a job's `GenerateIdTokenUrl`; clients append `&audience=` (protocol D.2). */
export const idTokenPath = ({ run, backendId }: Job): string =>
  `/idtoken/${run.planId}/${backendId}?api-version=2.0`;

/** Identity tokens for jobs, and what others need to verify them: discovery and keys. */
export function idTokenRoutes(deps: Deps): Router {
  const { idTokens } = deps;
  const router = Router();
  router.get('/idtoken/:plan/:job', async (request, response) => {
    const job = await jobOf(deps, request);
    const value = await idTokens.forJob(job, query(request, 'audience'));
    response.json({ count: value.length, value });
  });
  router.get(`${ISSUER_PATH}/.well-known/openid-configuration`, (_request, response) => {
    const issuer = idTokens.issuer();
    response.json({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    });
  });
  router.get(`${ISSUER_PATH}/.well-known/jwks`, async (_request, response) => {
    response.json(await idTokens.publicKeys());
  });
  return router;
}

/** The job of the token, which must be the one of the path, run now and have asked for the right. */
async function jobOf({ store, tokens }: Deps, request: Request): Promise<Job> {
  const id = await tokens.jobId(credentialOf(request));
  const job = id === null ? undefined : store.jobs.get(id);
  if (job === undefined || job.status !== 'in_progress') {
    throw new Refusal(401, { message: 'The token is not valid' });
  }
  if (param(request, 'job') !== job.backendId || param(request, 'plan') !== job.run.planId) {
    throw new Refusal(404, { message: 'The job was not found' });
  }
  if (!mayHaveIdToken(job)) throw new Refusal(403, { message: 'id-token: write is not granted' });
  return job;
}
