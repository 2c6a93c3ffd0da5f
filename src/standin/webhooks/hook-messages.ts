import type { Address } from '../dependencies.ts';
import { ACTOR } from '../events/payloads.ts';
import { installationJson } from '../present/apps.ts';
import { hookJson } from '../present/hooks.ts';
import { userJson } from '../present/identity.ts';
import type { App, Installation } from '../state/apps.ts';
import type { Hook } from '../state/hooks.ts';
import type { Store } from '../state/store.ts';
import type { Deliver } from './deliver.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly deliver: Deliver;
}

export interface HookMessages {
  ping(hook: Hook): void;
  /** What concerns an App alone: its installations. */
  app(app: App, event: string, action: string, installation: Installation, members: object): void;
}

/** Webhooks that go to one hook, whatever events it asks for. */
export const createHookMessages = ({ store, address, deliver }: Deps): HookMessages => ({
  ping(hook) {
    const payload = JSON.stringify({
      zen: 'Keep it logically awesome.',
      hook_id: hook.id,
      hook: hookJson(hook, address.url()),
      sender: userJson(ACTOR, address.url()),
    });
    const repositoryId = hook.target.type === 'repository' ? hook.target.id : null;
    deliver(hook, { event: 'ping', action: null, payload, installationId: null, repositoryId });
  },
  app(app, event, action, installation, members) {
    const hook = store.hooks.get(app.hookId);
    if (hook === undefined || hook.url === '') return;
    const payload = JSON.stringify({
      action,
      installation: installationJson(installation, app, address.url()),
      ...members,
      sender: userJson(ACTOR, address.url()),
    });
    const installationId = installation.id;
    deliver(hook, { event, action, payload, installationId, repositoryId: null });
  },
});
