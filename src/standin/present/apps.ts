import { optionalWireTime, wireTime } from '../dependencies.ts';
import { idOfLogin } from '../state/accounts.ts';
import type { App, Installation } from '../state/apps.ts';
import { nodeId, userJson } from './identity.ts';

/** An App as REST shows it. */
export const appJson = (app: App, url: string) => ({
  id: app.id,
  slug: app.slug,
  node_id: nodeId('A', app.id),
  client_id: app.clientId,
  owner: userJson(app.owner, url, 'Organization'),
  name: app.name,
  description: app.description,
  external_url: app.externalUrl,
  html_url: `${url}/apps/${app.slug}`,
  created_at: wireTime(app.createdAt),
  updated_at: wireTime(app.createdAt),
  permissions: app.permissions,
  events: [...app.events],
});

/** An installation as REST and webhooks show it. */
export function installationJson(installation: Installation, app: App, url: string) {
  const { id, account } = installation;
  return {
    id,
    client_id: app.clientId,
    account: userJson(account, url, 'Organization'),
    repository_selection: installation.repositoryIds === null ? 'all' : 'selected',
    access_tokens_url: `${url}/api/v3/app/installations/${id}/access_tokens`,
    repositories_url: `${url}/api/v3/installation/repositories`,
    html_url: `${url}/organizations/${account}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: idOfLogin(account),
    target_type: 'Organization',
    permissions: installation.permissions,
    events: [...installation.events],
    created_at: wireTime(installation.createdAt),
    updated_at: wireTime(installation.updatedAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === null ? null : userJson(account, url, 'Organization'),
    suspended_at: optionalWireTime(installation.suspendedAt),
  };
}
