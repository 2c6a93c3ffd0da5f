import { createPublicKey } from 'node:crypto';
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import type { StandinClock } from '../../dependencies.ts';
import { githubError, type Refusal } from '../../http/refusal.ts';
import type { App } from '../../state/apps.ts';
import type { Store } from '../../state/store.ts';

/** GitHub takes no token that ends later than ten minutes from now. */
const MAX_SECONDS = 600;
/** How far ahead the client's clock may be. */
const DRIFT_SECONDS = 60;

const undecodable = (): Refusal => githubError(401, 'A JSON web token could not be decoded');

/**
 * The App that signed a token (GitHub: "Generating a JSON Web Token for a GitHub App"). Refuses with
 * GitHub's words what is not RS256, is signed by another key, or breaks the rules for `iss`, `iat`, `exp`.
 */
export async function appOfToken(store: Store, clock: StandinClock, token: string): Promise<App> {
  const claims = claimsOf(token);
  const app = [...store.apps.values()].find(
    ({ id, clientId }) => String(id) === String(claims.iss) || clientId === claims.iss,
  );
  if (claims.iss === undefined) {
    throw githubError(401, "'Issuer' claim ('iss') must be an Integer");
  }
  if (app === undefined) throw githubError(404, 'Integration not found');
  try {
    await compactVerify(token, createPublicKey(app.publicKey), { algorithms: ['RS256'] });
  } catch {
    throw undecodable();
  }
  checkTimes(claims, Math.floor(clock.now() / 1000));
  return app;
}

function claimsOf(token: string): JWTPayload {
  try {
    if (decodeProtectedHeader(token).alg !== 'RS256') throw undecodable();
    return decodeJwt(token);
  } catch {
    throw undecodable();
  }
}

function checkTimes({ iat, exp }: JWTPayload, now: number): void {
  if (!isWhole(exp) || exp <= now) {
    throw githubError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + MAX_SECONDS + DRIFT_SECONDS) {
    throw githubError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (!isWhole(iat) || iat > now + DRIFT_SECONDS) {
    throw githubError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (exp - iat > MAX_SECONDS + DRIFT_SECONDS) {
    throw githubError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
}

const isWhole = (value: unknown): value is number => Number.isInteger(value);
