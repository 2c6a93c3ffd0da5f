import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Credential, Credentials } from './credentials.ts';
import { createHttp, type HttpReply, joinUrl, succeeded } from './http.ts';
import { parsed, refused } from './rest-client.ts';

export interface AppCredentialsDeps {
  readonly apiUrl: string;
  /** App id or client id: the issuer of its JWT. */
  readonly appId: string;
  /** PEM, PKCS #1 as GitHub gives it, or PKCS #8. */
  readonly privateKey: Secret;
  readonly userAgent: string;
  readonly clock: Clock;
}

/** GitHub allows ten minutes; its clock may be behind ours by one (protocol H.1). */
const JWT_BACKDATE_S = 60;
const JWT_LIFE_S = 540;
/** A token that ends sooner is replaced first: a call may take a while. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** How long the place of an installation is believed without asking again. */
const PLACE_FOR_MS = 10 * 60_000;
const TIMEOUT_MS = 20_000;

const installation = z.looseObject({
  id: z.number(),
  account: z.looseObject({ login: z.string() }),
});
const accessToken = z.looseObject({ token: z.string().min(1), expires_at: z.string() });

export interface AppInstallation {
  readonly id: number;
  readonly account: string;
}

export interface AppCredentials extends Credentials {
  /** Where the App is installed; asked of GitHub each time. */
  installations(): Promise<readonly AppInstallation[]>;
  /** An App's own JWT, for calls about the App. Lives less than ten minutes. */
  asApp(): Promise<Secret>;
}

/**
 * A GitHub App: for every owner the token of its installation there, made when first needed and
 * renewed before it ends. Many callers that need a new one make one. Throws `github-refused` where
 * the App is not installed or its key is not accepted.
 */
export function createAppCredentials(deps: AppCredentialsDeps): AppCredentials {
  const key = readKey(deps.privateKey);
  const http = createHttp(deps.userAgent);
  const places = new Map<string, { readonly id: Promise<number>; readonly until: number }>();
  const tokens = new Map<number, Kept>();

  const asApp = (): Promise<Secret> => signJwt(key, deps.appId, deps.clock.now());
  const call = async (what: string, method: 'GET' | 'POST', path: string): Promise<HttpReply> => {
    const jwt = await asApp();
    const reply = await http({
      ...{ what, method, url: joinUrl(deps.apiUrl, path), timeoutMs: TIMEOUT_MS },
      signal: undefined,
      headers: {
        Accept: 'application/vnd.github+json',
        'X-GitHub-Api-Version': '2022-11-28',
        Authorization: `Bearer ${jwt.reveal()}`,
      },
    });
    if (!succeeded(reply)) throw explained(what, reply);
    return reply;
  };

  const placeOf = (owner: string): Promise<number> => {
    const now = deps.clock.now();
    const known = places.get(owner);
    if (known !== undefined && known.until > now) return known.id;
    const id = findInstallation(call, owner);
    places.set(owner, { id, until: now + PLACE_FOR_MS });
    id.catch(() => places.delete(owner));
    return id;
  };

  const tokenOf = (id: number): Promise<Token> => {
    const known = tokens.get(id);
    const isGood =
      known?.endsAt === null || (known?.endsAt ?? 0) > deps.clock.now() + RENEW_BEFORE_MS;
    if (known !== undefined && isGood) return known.token;
    const entry: Kept = { token: makeToken(call, id), endsAt: null };
    tokens.set(id, entry);
    entry.token.then(
      ({ endsAt }) => {
        entry.endsAt = endsAt;
      },
      () => tokens.delete(id),
    );
    return entry.token;
  };

  const installations = async (): Promise<readonly AppInstallation[]> => {
    const what = 'listing installations';
    const reply = await call(what, 'GET', 'app/installations?per_page=100');
    const found = parsed(what, z.array(installation), reply);
    return found.map(({ id, account }) => ({ id, account: account.login }));
  };

  return {
    asApp,
    installations,
    async of(scope) {
      const id =
        scope === null
          ? (await installations())[0]?.id
          : await placeOf((scope.split('/')[0] ?? scope).toLowerCase());
      if (id === undefined) {
        const detail = 'The GitHub App is not installed anywhere: install it for an organization';
        throw new AppError('github-refused', detail);
      }
      const { token } = await tokenOf(id);
      return { key: `installation ${id}`, token };
    },
    reject({ key: rejected }: Credential) {
      tokens.delete(Number(rejected.split(' ')[1]));
    },
  };
}

interface Token {
  readonly token: Secret;
  readonly endsAt: number;
}

/** A token, or one in the making. */
interface Kept {
  readonly token: Promise<Token>;
  /** Null while it is being made. */
  endsAt: number | null;
}

type Call = (what: string, method: 'GET' | 'POST', path: string) => Promise<HttpReply>;

/** An owner is an organisation or a user; GitHub has an address for each. */
async function findInstallation(call: Call, owner: string): Promise<number> {
  const what = `looking for the App's installation at ${owner}`;
  const name = encodeURIComponent(owner);
  for (const kind of ['orgs', 'users']) {
    try {
      const reply = await call(what, 'GET', `${kind}/${name}/installation`);
      return parsed(what, installation, reply).id;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
    }
  }
  const detail = `The GitHub App is not installed at ${owner}: install it there, or remove ${owner} from the configuration`;
  throw new AppError('github-refused', detail);
}

async function makeToken(call: Call, id: number): Promise<Token> {
  const what = 'making an installation token';
  const reply = await call(what, 'POST', `app/installations/${id}/access_tokens`);
  const { token, expires_at } = parsed(what, accessToken, reply);
  return { token: new Secret(token), endsAt: Date.parse(expires_at) };
}

function explained(what: string, reply: HttpReply): AppError {
  if (reply.status !== 401) return refused(what, reply);
  const detail = `${what}: GitHub does not accept the App's key: check the App id, the private key and this machine's clock`;
  return new AppError('github-refused', detail);
}

function readKey(pem: Secret): KeyObject {
  try {
    return createPrivateKey(pem.reveal());
  } catch {
    // The message of the library may show parts of the key.
    throw new AppError('bad-request', "The GitHub App's private key is no PEM private key");
  }
}

async function signJwt(key: KeyObject, appId: string, now: number): Promise<Secret> {
  const seconds = Math.floor(now / 1000);
  const jwt = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(appId)
    .setIssuedAt(seconds - JWT_BACKDATE_S)
    .setExpirationTime(seconds + JWT_LIFE_S)
    .sign(key);
  return new Secret(jwt);
}
