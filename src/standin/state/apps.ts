import type { Repository } from './model.ts';

/** What an installation may do, by GitHub's names: `{ administration: 'write', metadata: 'read' }`. */
export type Permissions = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

/** A GitHub App. Its private key is handed out once and not kept. */
export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly owner: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM. */
  readonly publicKey: string;
  readonly description: string | null;
  readonly externalUrl: string;
  readonly setupUrl: string | null;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  /** Its webhook, in the map of all hooks. */
  readonly hookId: number;
  readonly createdAt: number;
}

export interface Installation {
  readonly id: number;
  readonly appId: number;
  /** Login of the organisation or user. */
  readonly account: string;
  permissions: Permissions;
  events: readonly string[];
  /** Null: all repositories of the account, also those to come. */
  repositoryIds: Set<number> | null;
  readonly createdAt: number;
  updatedAt: number;
  suspendedAt: number | null;
}

export interface InstallationToken {
  readonly token: string;
  readonly installationId: number;
  readonly expiresAt: number;
  readonly permissions: Permissions;
  /** Null: all that the installation has. */
  readonly repositoryIds: readonly number[] | null;
}

/** Whether a repository belongs to an installation. */
export const isInstalledOn = (
  { account, repositoryIds }: Installation,
  { id, owner }: Repository,
): boolean =>
  owner.toLowerCase() === account.toLowerCase() &&
  (repositoryIds === null || repositoryIds.has(id));

/** Whether a token of an installation reaches a repository. */
export const coversRepository = (
  { installation, token }: { installation: Installation; token: InstallationToken },
  repository: Repository,
): boolean =>
  isInstalledOn(installation, repository) &&
  (token.repositoryIds === null || token.repositoryIds.includes(repository.id));
