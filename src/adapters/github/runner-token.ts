import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { tokenReply } from '../../contract/runner-protocol.ts';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, refusal, succeeded } from './http.ts';
import type { RunnerCredentials } from './jit-config.ts';
import { CALL_RETRIES, retrying } from './retry.ts';

/** The runner's access token (protocol A.4), held until shortly before it expires. */
export interface RunnerToken {
  get(signal?: AbortSignal): Promise<string>;
  /** After a 401 or on GitHub's demand: the next `get` asks for a new one. */
  forget(): void;
}

/** Exactly this; one second more is refused (protocol J.6). */
const ASSERTION_SECONDS = 300;
/** So that a token does not expire on its way; a long poll holds for 50 s. */
const REFRESH_BEFORE_MS = 120_000;
/** Our clock may be a little ahead of the server's. */
const BACKDATE_SECONDS = 30;

type OAuth = Extract<RunnerCredentials, { scheme: 'OAuth' }>;

export function createRunnerToken(
  deps: { readonly http: Http; readonly clock: Clock },
  credentials: RunnerCredentials,
  timeoutMs: number,
): RunnerToken {
  if (credentials.scheme === 'OAuthAccessToken') {
    return { get: async () => credentials.token, forget: () => undefined };
  }
  let held: { readonly token: string; readonly until: number } | null = null;
  let asking: Promise<string> | null = null;

  const ask = async (signal: AbortSignal | undefined): Promise<string> => {
    const reply = await retrying(deps.clock, CALL_RETRIES, signal, () =>
      exchange(deps, credentials, timeoutMs, signal),
    );
    const lifeMs = reply.expires_in * 1000;
    const margin = Math.min(REFRESH_BEFORE_MS, lifeMs / 2);
    held = { token: reply.access_token, until: deps.clock.now() + lifeMs - margin };
    return reply.access_token;
  };

  return {
    async get(signal) {
      if (held !== null && held.until > deps.clock.now()) return held.token;
      asking ??= ask(signal).finally(() => {
        asking = null;
      });
      return asking;
    },
    forget() {
      held = null;
    },
  };
}

async function exchange(
  deps: { readonly http: Http; readonly clock: Clock },
  credentials: OAuth,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ access_token: string; expires_in: number }> {
  const what = 'token exchange';
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(credentials, deps.clock.now()),
  });
  const reply = await deps.http({
    what,
    method: 'POST',
    url: credentials.tokenUrl,
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: form.toString(),
    timeoutMs,
    signal,
  });
  if (!succeeded(reply)) throw tokenRefusal(what, reply.status, reply.json);
  const parsed = tokenReply.safeParse(reply.json);
  if (parsed.success) return parsed.data;
  throw new AppError('github-refused', `${what}: the answer has an unknown shape`);
}

/** A deleted runner is refused as an invalid client whose registration is not found (A.4). */
function tokenRefusal(what: string, status: number, body: unknown): AppError {
  const member = (key: string): string => {
    if (typeof body !== 'object' || body === null) return '';
    const value: unknown = Object.entries(body).find(([name]) => name === key)?.[1];
    return typeof value === 'string' ? value : '';
  };
  if (member('error') !== 'invalid_client') return refusal(what, status);
  if (/not found|not exist|deleted|unknown/i.test(member('error_description'))) {
    return new AppError('runner-gone', `${what}: GitHub no longer knows this runner`);
  }
  const hint = 'is the clock of this machine right?';
  return new AppError('github-refused', `${what}: GitHub does not accept our assertion; ${hint}`);
}

/** The client assertion; lifetime is derived from `nbf` because exactly 300 s are allowed (A.4). */
export async function signAssertion(credentials: OAuth, nowMs: number): Promise<string> {
  const key = await importJWK({ ...credentials.privateKey }, credentials.algorithm);
  const notBefore = Math.floor(nowMs / 1000) - BACKDATE_SECONDS;
  return new SignJWT({})
    .setProtectedHeader({ alg: credentials.algorithm, typ: 'JWT' })
    .setIssuer(credentials.clientId)
    .setSubject(credentials.clientId)
    .setAudience(credentials.authorizationUrl)
    .setJti(randomUUID())
    .setNotBefore(notBefore)
    .setExpirationTime(notBefore + ASSERTION_SECONDS)
    .sign(key);
}
