import { z } from 'zod';
import { type RunnerSettings, runnerSettings } from '../../contract/runner-protocol.ts';
import { AppError } from '../../domain/errors.ts';

/** How a runner proves who it is at the token service (protocol A.2). */
export type RunnerCredentials =
  | {
      readonly scheme: 'OAuth';
      readonly clientId: string;
      /** The audience of the assertion, verbatim. */
      readonly authorizationUrl: string;
      /** Where the assertion is posted to. */
      readonly tokenUrl: string;
      readonly algorithm: 'RS256' | 'PS256';
      readonly privateKey: RsaPrivateJwk;
    }
  | { readonly scheme: 'OAuthAccessToken'; readonly token: string };

export interface RsaPrivateJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly d: string;
  readonly p: string;
  readonly q: string;
  readonly dp: string;
  readonly dq: string;
  readonly qi: string;
}

export interface JitConfig {
  readonly settings: RunnerSettings;
  readonly credentials: RunnerCredentials;
}

const credentialData = z.looseObject({
  clientid: z.string(),
  authorizationurl: z.string(),
  oauthendpointurl: z.string().nullish(),
  requirefipscryptography: z.coerce.string().nullish(),
});

const credentialFile = z.looseObject({
  scheme: z.string(),
  data: z.record(z.string(), z.unknown()).default({}),
});

const rsaParameters = z.looseObject({
  d: z.string(),
  dp: z.string(),
  dq: z.string(),
  exponent: z.string(),
  inverseq: z.string(),
  modulus: z.string(),
  p: z.string(),
  q: z.string(),
});

/**
 * Reads `encoded_jit_config`: base64 of a map from file name to base64 of a JSON file, each with an
 * optional BOM and keys in any case (protocol A.2). Throws `github-refused`; the content, which
 * holds a private key, never gets into the error.
 */
export function decodeJitConfig(encoded: string): JitConfig {
  try {
    const files = lowerKeys(parseJson(fromBase64(encoded)));
    const settings = runnerSettings.parse(readFile(files, '.runner'));
    const credentials = credentialFile.parse(readFile(files, '.credentials'));
    return { settings, credentials: toCredentials(credentials, files) };
  } catch {
    throw new AppError('github-refused', 'the just-in-time configuration cannot be read');
  }
}

function toCredentials(
  file: z.infer<typeof credentialFile>,
  files: Record<string, unknown>,
): RunnerCredentials {
  const raw = lowerKeys(file.data);
  if (file.scheme === 'OAuthAccessToken') {
    return { scheme: 'OAuthAccessToken', token: z.string().parse(raw['token']) };
  }
  const data = credentialData.parse(raw);
  const fips = data.requirefipscryptography?.toLowerCase() === 'true';
  return {
    scheme: 'OAuth',
    clientId: data.clientid,
    authorizationUrl: data.authorizationurl,
    tokenUrl: data.oauthendpointurl || data.authorizationurl,
    algorithm: fips ? 'PS256' : 'RS256',
    privateKey: toJwk(rsaParameters.parse(readFile(files, '.credentials_rsaparams'))),
  };
}

function toJwk(rsa: z.infer<typeof rsaParameters>): RsaPrivateJwk {
  return {
    kty: 'RSA',
    n: urlSafe(rsa.modulus),
    e: urlSafe(rsa.exponent),
    d: urlSafe(rsa.d),
    p: urlSafe(rsa.p),
    q: urlSafe(rsa.q),
    dp: urlSafe(rsa.dp),
    dq: urlSafe(rsa.dq),
    qi: urlSafe(rsa.inverseq),
  };
}

const urlSafe = (base64: string): string => Buffer.from(base64, 'base64').toString('base64url');

const fromBase64 = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

const parseJson = (text: string): unknown => JSON.parse(text.replace(/^\uFEFF/, ''));

function readFile(files: Record<string, unknown>, name: string): Record<string, unknown> {
  return lowerKeys(parseJson(fromBase64(z.string().parse(files[name]))));
}

const lowerKeys = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(z.record(z.string(), z.unknown()).parse(value)).map(([key, member]) => [
      key.toLowerCase(),
      member,
    ]),
  );
