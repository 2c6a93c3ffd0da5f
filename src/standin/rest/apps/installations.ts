import { installationOn, suspend, uninstall } from '../../apps/installations.ts';
import { notFound } from '../../http/refusal.ts';
import { param } from '../../http/request.ts';
import { installationJson } from '../../present/apps.ts';
import { type App, type Installation, isInstalledOn } from '../../state/apps.ts';
import { numberOf, repositoryOf } from '../lookup.ts';
import {
  type Answer,
  array,
  type Call,
  listed,
  noContent,
  type Operation,
  ok,
} from '../operation.ts';
import { appOf } from './app.ts';

const ONE = '/app/installations/{installation_id}';

/** Where an App is installed. */
export const INSTALLATION_OPERATIONS: readonly Operation[] = [
  {
    id: 'apps/list-installations',
    method: 'GET',
    path: '/app/installations',
    access: 'app',
    answer: (call) => {
      const app = appOf(call);
      const own = [...call.world.store.installations.values()].filter(
        ({ appId }) => appId === app.id,
      );
      return array(call, own, (each) => installationJson(each, app, call.url));
    },
  },
  {
    id: 'apps/get-installation',
    method: 'GET',
    path: ONE,
    access: 'app',
    answer: (call) => shown(call, installationOf(call)),
  },
  {
    id: 'apps/delete-installation',
    method: 'DELETE',
    path: ONE,
    access: 'app',
    answer: (call) => {
      uninstall(call.world, appOf(call), installationOf(call));
      return noContent();
    },
  },
  {
    id: 'apps/suspend-installation',
    method: 'PUT',
    path: `${ONE}/suspended`,
    access: 'app',
    answer: (call) => suspendIt(call, true),
  },
  {
    id: 'apps/unsuspend-installation',
    method: 'DELETE',
    path: `${ONE}/suspended`,
    access: 'app',
    answer: (call) => suspendIt(call, false),
  },
  {
    id: 'apps/get-org-installation',
    method: 'GET',
    path: '/orgs/{org}/installation',
    access: 'app',
    answer: (call) => shown(call, onAccount(call, param(call.request, 'org'))),
  },
  {
    id: 'apps/get-user-installation',
    method: 'GET',
    path: '/users/{username}/installation',
    access: 'app',
    answer: (call) => shown(call, onAccount(call, param(call.request, 'username'))),
  },
  {
    id: 'apps/get-repo-installation',
    method: 'GET',
    path: '/repos/{owner}/{repo}/installation',
    access: 'app',
    answer: (call) => {
      const repository = repositoryOf(call);
      const installation = onAccount(call, repository.owner);
      if (!isInstalledOn(installation, repository)) throw notFound();
      return shown(call, installation);
    },
  },
  {
    id: 'orgs/list-app-installations',
    method: 'GET',
    path: '/orgs/{org}/installations',
    access: 'organization_administration=read',
    answer: (call) => {
      const { store } = call.world;
      const account = param(call.request, 'org').toLowerCase();
      const here = [...store.installations.values()].filter(
        (each) => each.account.toLowerCase() === account && store.apps.has(each.appId),
      );
      return listed(call, 'installations', here, (each) =>
        installationJson(each, store.apps.get(each.appId) as App, call.url),
      );
    },
  },
];

export function installationOf(call: Call): Installation {
  const installation = call.world.store.installations.get(numberOf(call, 'installation_id'));
  if (installation?.appId !== appOf(call).id) throw notFound();
  return installation;
}

function onAccount(call: Call, account: string): Installation {
  const installation = installationOn(call.world, appOf(call), account);
  if (installation === undefined) throw notFound();
  return installation;
}

const shown = (call: Call, installation: Installation): Answer =>
  ok(installationJson(installation, appOf(call), call.url));

function suspendIt(call: Call, suspended: boolean): Answer {
  suspend(call.world, appOf(call), installationOf(call), suspended);
  return noContent();
}
