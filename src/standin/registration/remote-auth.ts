import type { Request } from 'express';
import { githubError, notFound } from '../http/refusal.ts';
import type { RegistrationToken } from '../state/runner-parts.ts';
import type { RegistrationTokens } from './registration-tokens.ts';

/** The token of `Authorization: RemoteAuth`, with which `config.sh` comes; null without one. */
export function remoteAuthOf({ headers }: Request): string | null {
  const [scheme, text] = (headers.authorization ?? '').split(' ', 2);
  return text !== undefined && /^remoteauth$/i.test(scheme ?? '') ? text : null;
}

/** What the request's token stands for; it must be valid, and for this scope. */
export function registrationOf(
  tokens: RegistrationTokens,
  request: Request,
  scope: string | null,
): RegistrationToken {
  const token = tokens.find(remoteAuthOf(request));
  if (token === null) throw githubError(401, 'Bad credentials');
  if (scope?.toLowerCase() !== token.scope.toLowerCase()) throw notFound();
  return token;
}
