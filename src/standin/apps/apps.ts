import { randomBytes } from 'node:crypto';
import type { StandinClock } from '../dependencies.ts';
import type { App } from '../state/apps.ts';
import type { Hook } from '../state/hooks.ts';
import type { Store } from '../state/store.ts';
import type { KeyPool } from '../tokens/key-pool.ts';
import type { Manifest, PendingApp } from './manifest.ts';

interface World {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly keys: KeyPool;
}

/** An App, with what it is told once and never again. */
export interface NewApp {
  readonly app: App;
  /** PKCS#1 PEM, as GitHub hands it out. */
  readonly pem: string;
  readonly webhookSecret: string | null;
}

/** How long the code of a manifest is good for. */
const CODE_MS = 3_600_000;

export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

export const appBySlug = (store: Store, slug: string): App | undefined =>
  [...store.apps.values()].find((app) => app.slug === slug.toLowerCase());

/** Notes a manifest that somebody agreed to; the App that shows the code is made of it. */
export function agreeTo(
  { store, clock }: World,
  manifest: Manifest,
  { owner, name }: { readonly owner: string; readonly name: string },
): PendingApp {
  const code = randomBytes(20).toString('hex');
  const pending = { code, owner, name, manifest, expiresAt: clock.now() + CODE_MS };
  store.pendingApps.set(code, pending);
  return pending;
}

/** Makes an App with a key, a webhook and secrets of its own. Its name must be free. */
export async function createApp(
  { store, clock, keys }: World,
  { owner, name, manifest }: Pick<PendingApp, 'owner' | 'name' | 'manifest'>,
): Promise<NewApp> {
  const { publicKey, privateKey } = await keys.take();
  const now = clock.now();
  const id = store.nextSmallId();
  const hook = newHook(store, id, manifest, now);
  const app: App = {
    id,
    slug: slugOf(name),
    name,
    owner,
    clientId: `Iv23li${randomBytes(7).toString('hex')}`,
    clientSecret: randomBytes(20).toString('hex'),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    description: manifest.description ?? null,
    externalUrl: manifest.url,
    setupUrl: manifest.setup_url ?? null,
    permissions: { metadata: 'read', ...manifest.default_permissions },
    events: manifest.default_events,
    hookId: hook.id,
    createdAt: now,
  };
  store.apps.set(id, app);
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  return { app, pem, webhookSecret: hook.secret };
}

/** The App's own webhook, which has no address where the manifest names none. */
function newHook(store: Store, appId: number, manifest: Manifest, now: number): Hook {
  const { url, active } = manifest.hook_attributes ?? { active: false };
  const hook: Hook = {
    id: store.nextSmallId(),
    scope: `apps/${appId}`,
    target: { type: 'integration', id: appId },
    url: url ?? '',
    secret: url === undefined ? null : randomBytes(20).toString('hex'),
    contentType: 'json',
    insecureSsl: '0',
    active: url !== undefined && active,
    events: manifest.default_events,
    createdAt: now,
    updatedAt: now,
    deliveries: [],
  };
  store.hooks.set(hook.id, hook);
  return hook;
}
