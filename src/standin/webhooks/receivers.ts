import { nodeId } from '../present/identity.ts';
import { type Installation, isInstalledOn } from '../state/apps.ts';
import type { Hook } from '../state/hooks.ts';
import { fullName, type Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';

interface Receiver {
  readonly hook: Hook;
  /** By which an App hears of it; null for other hooks. */
  readonly installation: Installation | null;
}

const wants = ({ events }: Hook, event: string): boolean =>
  events.includes(event) || events.includes('*');

/** Hooks of the repository, of its owner, and of Apps that are installed on it. */
export function receiversOf(
  store: Store,
  repository: Repository,
  event: string,
): readonly Receiver[] {
  const scopes = [fullName(repository).toLowerCase(), repository.owner.toLowerCase()];
  const own = [...store.hooks.values()]
    .filter((hook) => scopes.includes(hook.scope.toLowerCase()) && wants(hook, event))
    .map((hook) => ({ hook, installation: null }));
  return [...own, ...appsOn(store, repository, event)];
}

const appsOn = (store: Store, repository: Repository, event: string): readonly Receiver[] =>
  [...store.installations.values()].flatMap((installation) => {
    const app = store.apps.get(installation.appId);
    const hook = app === undefined ? undefined : store.hooks.get(app.hookId);
    const hears =
      hook !== undefined &&
      hook.url !== '' &&
      installation.suspendedAt === null &&
      installation.events.includes(event) &&
      isInstalledOn(installation, repository);
    return hears ? [{ hook, installation }] : [];
  });

/** What an App is told is marked with its installation. */
export const withInstallation = (body: object, { id }: Installation): string =>
  JSON.stringify({ ...body, installation: { id, node_id: nodeId('MDIzOk', id) } });
