import type { Secret } from '../../domain/secret.ts';

/** What one call authenticates with. Calls with the same `key` share GitHub's limits. */
export interface Credential {
  readonly key: string;
  readonly token: Secret;
}

/**
 * Who we are at GitHub. A scope is `owner/name` or `owner`; `null` asks for whatever has no owner,
 * such as the list of repositories. Throws `github-refused` where we have no access to the scope.
 */
export interface Credentials {
  of(scope: string | null, signal?: AbortSignal): Promise<Credential>;
  /** GitHub did not accept this one (401): the next `of` must not answer it again, if it can. */
  reject(credential: Credential): void;
}

/** A personal access token: the same for everything. */
export const tokenCredentials = (token: Secret): Credentials => ({
  of: async () => ({ key: 'token', token }),
  reject: () => undefined,
});
