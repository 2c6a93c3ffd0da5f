import type { Repository } from './model.ts';
import type { Sharing } from './settings-model.ts';
import type { Store } from './store.ts';

/** Whether a repository of the organisation sees what the organisation shares. */
export const isSharedWith = (
  { private: isPrivate, id }: Repository,
  { visibility, selectedRepositoryIds }: Sharing,
): boolean =>
  visibility === 'all' ||
  (visibility === 'private' && isPrivate) ||
  (visibility === 'selected' && selectedRepositoryIds.has(id));

const environmentOf = (repository: Repository, name: string | null) =>
  name === null ? undefined : repository.environments.get(name.toLowerCase());

/**
 * Variables that a job sees: those of its environment win over those of the repository, and these
 * over those that the organisation shares with it.
 */
export function variablesOf(
  store: Pick<Store, 'organizationVariables'>,
  repository: Repository,
  environment: string | null = null,
): Record<string, string> {
  const organization = store.organizationVariables.get(repository.owner.toLowerCase());
  const shared = [...(organization?.values() ?? [])].filter(
    ({ sharing }) => sharing === undefined || isSharedWith(repository, sharing),
  );
  const own = environmentOf(repository, environment)?.variables.values() ?? [];
  const all = [...shared, ...repository.variables.values(), ...own];
  return Object.fromEntries(all.map((variable) => [variable.name, variable.value]));
}

/** Secrets of a repository, with those that its organisation shares; names in upper case. */
export function secretsOf(
  store: Pick<Store, 'organizationSecrets'>,
  repository: Repository,
): Record<string, string> {
  const organization = store.organizationSecrets.get(repository.owner.toLowerCase());
  const shared = [...(organization ?? [])].filter(([, secret]) => isSharedWith(repository, secret));
  return {
    ...Object.fromEntries(shared.map(([name, { value }]) => [name, value])),
    ...Object.fromEntries(repository.secrets),
  };
}

/** Secrets that belong to an environment alone. */
export const environmentSecrets = (
  repository: Repository,
  environment: string | null,
): Record<string, string> =>
  Object.fromEntries(environmentOf(repository, environment)?.secrets ?? []);
