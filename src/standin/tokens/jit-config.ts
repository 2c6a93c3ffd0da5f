import type { KeyObject } from 'node:crypto';
import type { Runner } from '../state/model.ts';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** Standard base64 of a JWK member, which is base64url. */
const standard = (member: string | undefined): string =>
  Buffer.from(member ?? '', 'base64url').toString('base64');

/** `.credentials_rsaparams` of a private key (protocol A.2). */
function rsaParameters(privateKey: KeyObject): Record<string, string> {
  const { d, dp, dq, e, qi, n, p, q } = privateKey.export({ format: 'jwk' });
  return {
    d: standard(d),
    dp: standard(dp),
    dq: standard(dq),
    exponent: standard(e),
    inverseQ: standard(qi),
    modulus: standard(n),
    p: standard(p),
    q: standard(q),
  };
}

/** `encoded_jit_config`: the three files of a runner, with GitHub's casing (protocol A.2). */
export function encodeJitConfig(
  runner: Runner,
  privateKey: KeyObject,
  workFolder: string,
  url: string,
  more: Readonly<Record<string, string | number>> = {},
): string {
  const settings = {
    AgentId: runner.id,
    AgentName: runner.name,
    PoolId: runner.groupId,
    PoolName: 'Default',
    DisableUpdate: runner.disableUpdate,
    Ephemeral: runner.ephemeral,
    ServerUrl: `${url}/pipelines/`,
    GitHubUrl: `https://github.com/${runner.scope}`,
    WorkFolder: workFolder,
    UseV2Flow: true,
    ServerUrlV2: `${url}/broker/`,
    ...more,
  };
  const credentials = {
    Scheme: 'OAuth',
    Data: {
      ClientId: runner.clientId,
      AuthorizationUrl: tokenUrl(url, runner.clientId),
      requireFipsCryptography: 'True',
    },
  };
  const files = {
    '.runner': base64(JSON.stringify(settings)),
    '.credentials': base64(JSON.stringify(credentials)),
    '.credentials_rsaparams': base64(JSON.stringify(rsaParameters(privateKey))),
  };
  return base64(JSON.stringify(files));
}

/** Where a runner exchanges its assertion for a token; also the assertion's audience. */
export const tokenUrl = (url: string, clientId: string): string =>
  `${url}/_apis/oauth2/token/${clientId}`;
