import { createPublicKey } from 'node:crypto';
import { compactVerify, decodeJwt, type JWTPayload } from 'jose';
import type { Runner } from '../state/model.ts';

const MAX_LIFETIME_SECONDS = 300;
/** How far the clocks of runner and server may be apart. */
const CLOCK_TOLERANCE_SECONDS = 300;

/** The runner that an assertion says it comes from; null when it is no JWT. */
export function subjectOfAssertion(assertion: string): string | null {
  try {
    return decodeJwt(assertion).sub ?? '';
  } catch {
    return null;
  }
}

/**
 * What is wrong with a runner's signed assertion (protocol A.4); null when it is right. The official
 * runner knows a clock that is wrong by the words "Current server time is".
 */
export async function faultOfAssertion(
  assertion: string,
  { publicKey, clientId }: Pick<Runner, 'publicKey' | 'clientId'>,
  audience: string,
  now: Date,
): Promise<string | null> {
  const payload = await signedPayload(assertion, publicKey);
  if (payload === null) return 'The signature of the bearer token is not valid.';
  if (payload.iss !== clientId) return `The issuer of the bearer token is not ${clientId}.`;
  if (![payload.aud].flat().includes(audience)) {
    return `The audience of the bearer token is not ${audience}.`;
  }
  return faultOfTimes(payload, now);
}

async function signedPayload(
  assertion: string,
  publicKey: Runner['publicKey'],
): Promise<JWTPayload | null> {
  try {
    const key = createPublicKey({ key: publicKey, format: 'jwk' });
    // The claims are looked at afterwards, for the sake of the words.
    await compactVerify(assertion, key, { algorithms: ['RS256', 'PS256'] });
  } catch {
    return null;
  }
  return decodeJwt(assertion);
}

function faultOfTimes({ nbf, exp, jti }: JWTPayload, now: Date): string | null {
  if (nbf === undefined || exp === undefined || jti === undefined) {
    return 'The bearer token lacks one of nbf, exp and jti.';
  }
  const lifetime = exp - nbf;
  if (lifetime > MAX_LIFETIME_SECONDS) {
    return `Bearer token lifetime ${timeSpan(lifetime)} is greater than the allowed maximum lifetime ${timeSpan(MAX_LIFETIME_SECONDS)}`;
  }
  const seconds = now.getTime() / 1000;
  const serverTime = `Current server time is ${now.toISOString()}.`;
  if (exp + CLOCK_TOLERANCE_SECONDS < seconds) {
    return `The bearer token expired on ${instant(exp)}. ${serverTime}`;
  }
  if (nbf - CLOCK_TOLERANCE_SECONDS > seconds) {
    return `The bearer token is not valid until ${instant(nbf)}. ${serverTime}`;
  }
  return null;
}

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** Seconds as .NET writes a span of time, `hh:mm:ss`. */
function timeSpan(seconds: number): string {
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}
