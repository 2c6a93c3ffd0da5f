import type { Request } from 'express';
import { Refusal } from '../http/refusal.ts';
import { credentialOf } from '../http/request.ts';
import type { AccessTokens, Tenant } from '../tokens/access-tokens.ts';

const unauthorized = (): Refusal =>
  new Refusal(401, { message: 'The token is not valid or has expired' });

/** Who administers the tenant, by the token of `runner-registration`; 401 for anybody else. */
export async function tenantOf(tokens: AccessTokens, request: Request): Promise<Tenant> {
  const tenant = await tokens.tenant(credentialOf(request));
  if (tenant === null) throw unauthorized();
  return tenant;
}

/** The session of a scale set whose queue token this is; 401 makes its client ask for a new one. */
export async function queueSessionOf(tokens: AccessTokens, request: Request): Promise<string> {
  const session = await tokens.queueSession(credentialOf(request));
  if (session === null) throw unauthorized();
  return session;
}
