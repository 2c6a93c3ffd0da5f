import { type Request, type Response, Router, urlencoded } from 'express';
import type { Address, StandinClock } from '../dependencies.ts';
import { Refusal } from '../http/refusal.ts';
import type { Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from './access-tokens.ts';
import { faultOfAssertion, subjectOfAssertion } from './assertion.ts';
import { tokenUrl } from './jit-config.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly tokens: AccessTokens;
}

const refuse = (error: string, description: string): Refusal =>
  new Refusal(400, { error, error_description: description });

/** The token service (protocol A.4): a signed client assertion for a runner's access token. */
export function tokenRoutes(deps: Deps): Router {
  const router = Router();
  router.post(
    '/_apis/oauth2/token/:clientId',
    urlencoded({ extended: false }),
    async (request: Request, response: Response) => {
      const form = (request.body ?? {}) as Record<string, unknown>;
      if (form['grant_type'] !== 'client_credentials') {
        throw refuse('unsupported_grant_type', 'Only client_credentials is supported');
      }
      if (form['client_assertion_type'] !== ASSERTION_TYPE) {
        throw refuse('invalid_request', 'The client assertion type is not supported');
      }
      const runner = await authenticate(deps, String(form['client_assertion'] ?? ''));
      response.json({
        access_token: await deps.tokens.forRunner(runner),
        token_type: 'JWT',
        expires_in: deps.tokens.runnerSeconds,
      });
    },
  );
  return router;
}

async function authenticate({ store, clock, address }: Deps, assertion: string): Promise<Runner> {
  const clientId = subjectOfAssertion(assertion);
  if (clientId === null) throw refuse('invalid_request', 'The client assertion is not a JWT');
  const runner = [...store.runners.values()].find((each) => each.clientId === clientId);
  if (runner === undefined) {
    throw refuse('invalid_client', `Registration ${clientId} was not found.`);
  }
  const audience = tokenUrl(address.url(), runner.clientId);
  const fault = await faultOfAssertion(assertion, runner, audience, new Date(clock.now()));
  if (fault !== null) throw refuse('invalid_client', fault);
  return runner;
}
