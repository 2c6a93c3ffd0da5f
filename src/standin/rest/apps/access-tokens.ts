import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { repositoriesOf } from '../../apps/installations.ts';
import { wireTime } from '../../dependencies.ts';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { repositoryJson } from '../../present/identity.ts';
import { coversRepository, type Installation, type Permissions } from '../../state/apps.ts';
import type { Repository } from '../../state/model.ts';
import { isGranted } from '../callers/permissions.ts';
import {
  type Answer,
  type Call,
  created,
  listed,
  noContent,
  type Operation,
} from '../operation.ts';
import { installationOf } from './installations.ts';

const VALID_MS = 3_600_000;
const MAX_REPOSITORIES = 500;

const body = z.looseObject({
  repositories: z.array(z.string()).max(MAX_REPOSITORIES).optional(),
  repository_ids: z.array(z.number().int()).max(MAX_REPOSITORIES).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])).optional(),
});

/** Tokens of installations: an hour long, for all or some repositories and permissions. */
export const ACCESS_TOKEN_OPERATIONS: readonly Operation[] = [
  {
    id: 'apps/create-installation-access-token',
    method: 'POST',
    path: '/app/installations/{installation_id}/access_tokens',
    access: 'app',
    answer: issue,
  },
  {
    id: 'apps/list-repos-accessible-to-installation',
    method: 'GET',
    path: '/installation/repositories',
    access: 'installation',
    answer: (call) => {
      const caller = installationCaller(call);
      const own = [...call.world.store.repositories.values()].filter((repository) =>
        coversRepository(caller, repository),
      );
      return listed(call, 'repositories', own, (each) => repositoryJson(each, call.url), {
        repository_selection: selectionOf(caller.installation),
      });
    },
  },
  {
    id: 'apps/revoke-installation-access-token',
    method: 'DELETE',
    path: '/installation/token',
    access: 'installation',
    answer: (call) => {
      call.world.store.installationTokens.delete(installationCaller(call).token.token);
      return noContent();
    },
  },
];

function installationCaller({ caller }: Call) {
  if (caller.kind !== 'installation') throw notFound();
  return caller;
}

const selectionOf = ({ repositoryIds }: Installation) =>
  repositoryIds === null ? 'all' : 'selected';

function issue(call: Call): Answer {
  const { store, clock } = call.world;
  const installation = installationOf(call);
  if (installation.suspendedAt !== null) {
    throw githubError(403, 'This installation has been suspended');
  }
  const wanted = bodyOf(call.request, body);
  const chosen = choose(call, installation, wanted);
  const permissions = narrow(installation.permissions, wanted.permissions);
  const token = `ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`;
  const expiresAt = clock.now() + VALID_MS;
  for (const old of [...store.installationTokens.values()]) {
    if (old.expiresAt <= clock.now()) store.installationTokens.delete(old.token);
  }
  store.installationTokens.set(token, {
    ...{ token, installationId: installation.id, expiresAt, permissions },
    repositoryIds: chosen?.map(({ id }) => id) ?? null,
  });
  return created({
    token,
    expires_at: wireTime(expiresAt),
    permissions,
    repository_selection: chosen === null ? selectionOf(installation) : 'selected',
    ...(chosen === null
      ? {}
      : { repositories: chosen.map((each) => repositoryJson(each, call.url)) }),
  });
}

/** The repositories that are asked for by name or id; null when none are. */
function choose(
  { world: { store } }: Call,
  installation: Installation,
  { repositories, repository_ids: ids }: z.infer<typeof body>,
): readonly Repository[] | null {
  if (repositories === undefined && ids === undefined) return null;
  const own = repositoriesOf(store, installation);
  const names = (repositories ?? []).map((name) => name.toLowerCase());
  const chosen = own.filter(
    ({ id, name }) => ids?.includes(id) === true || names.includes(name.toLowerCase()),
  );
  if (chosen.length < new Set([...names, ...(ids ?? [])]).size) {
    throw githubError(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  return chosen;
}

function narrow(granted: Permissions, wanted: Permissions | undefined): Permissions {
  if (wanted === undefined) return granted;
  const isTooMuch = Object.entries(wanted).some(
    ([name, level]) => !isGranted(granted, `${name}=${level}`),
  );
  if (isTooMuch) {
    throw githubError(422, 'The permissions requested are not granted to this installation.');
  }
  return { metadata: 'read', ...wanted };
}
