import type { StandinClock } from '../dependencies.ts';
import { nodeId } from '../present/identity.ts';
import { type App, type Installation, isInstalledOn } from '../state/apps.ts';
import { fullName, type Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Webhooks } from '../webhooks/announce.ts';

interface World {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly webhooks: Webhooks;
}

export const installationOn = (
  { store }: Pick<World, 'store'>,
  app: App,
  account: string,
): Installation | undefined =>
  [...store.installations.values()].find(
    (each) => each.appId === app.id && each.account.toLowerCase() === account.toLowerCase(),
  );

export const repositoriesOf = (store: Store, installation: Installation): readonly Repository[] =>
  [...store.repositories.values()].filter((repository) => isInstalledOn(installation, repository));

/** Repositories as the webhooks about installations list them. */
const shortJson = (repositories: readonly Repository[]) =>
  repositories.map((repository) => ({
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
  }));

/**
 * Installs an App on an account, or changes which repositories it has there (null: all). Tells the App
 * what changed.
 */
export function install(
  world: World,
  app: App,
  account: string,
  repositoryIds: ReadonlySet<number> | null,
): Installation {
  const { store, clock, webhooks } = world;
  const known = installationOn(world, app, account);
  if (known !== undefined) {
    choose(world, app, known, repositoryIds);
    return known;
  }
  const installation: Installation = {
    id: store.nextSmallId(),
    appId: app.id,
    account,
    permissions: app.permissions,
    events: app.events,
    repositoryIds: repositoryIds === null ? null : new Set(repositoryIds),
    createdAt: clock.now(),
    updatedAt: clock.now(),
    suspendedAt: null,
  };
  store.installations.set(installation.id, installation);
  const repositories = shortJson(repositoriesOf(store, installation));
  webhooks.app(app, 'installation', 'created', installation, { repositories, requester: null });
  return installation;
}

function choose(
  { store, clock, webhooks }: World,
  app: App,
  installation: Installation,
  repositoryIds: ReadonlySet<number> | null,
): void {
  const before = repositoriesOf(store, installation);
  store.installations.touch(installation.id);
  installation.repositoryIds = repositoryIds === null ? null : new Set(repositoryIds);
  installation.updatedAt = clock.now();
  const after = repositoriesOf(store, installation);
  const added = after.filter((repository) => !before.includes(repository));
  const removed = before.filter((repository) => !after.includes(repository));
  const members = {
    repository_selection: repositoryIds === null ? 'all' : 'selected',
    repositories_added: shortJson(added),
    repositories_removed: shortJson(removed),
    requester: null,
  };
  for (const [action, changed] of [
    ['added', added],
    ['removed', removed],
  ] as const) {
    if (changed.length === 0) continue;
    webhooks.app(app, 'installation_repositories', action, installation, members);
  }
}

/** Ends an installation with all of its tokens. */
export function uninstall(world: World, app: App, installation: Installation): void {
  const { store, webhooks } = world;
  const repositories = shortJson(repositoriesOf(store, installation));
  store.installations.delete(installation.id);
  for (const { token, installationId } of [...store.installationTokens.values()]) {
    if (installationId === installation.id) store.installationTokens.delete(token);
  }
  webhooks.app(app, 'installation', 'deleted', installation, { repositories, requester: null });
}

/** While it is suspended its tokens do nothing and it hears of nothing. */
export function suspend(
  { clock, webhooks }: World,
  app: App,
  installation: Installation,
  suspended: boolean,
): void {
  installation.suspendedAt = suspended ? clock.now() : null;
  installation.updatedAt = clock.now();
  webhooks.app(app, 'installation', suspended ? 'suspend' : 'unsuspend', installation, {
    repositories: [],
    requester: null,
  });
}
