import { z } from 'zod';
import { wireTime } from '../../dependencies.ts';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf, param } from '../../http/request.ts';
import { environmentOf } from '../environments/environments.ts';
import { repositoryOf } from '../lookup.ts';
import { type Answer, type Call, listed, noContent, type Operation, ok } from '../operation.ts';

const REPO = '/repos/{owner}/{repo}/actions/secrets';
const ENVIRONMENT = '/repos/{owner}/{repo}/environments/{environment_name}/secrets';

const NAME = /^[A-Z_][A-Z0-9_]*$/i;
const body = z.looseObject({ encrypted_value: z.base64(), key_id: z.string() });

interface Place {
  /** Of the operations' ids. */
  readonly kind: 'repo' | 'environment';
  readonly path: string;
  readonly permission: 'secrets' | 'environments';
  readonly secretsOf: (call: Call) => Map<string, string>;
  readonly keyOf: (call: Call) => string;
}

/** Secrets of repositories and environments, which come sealed for the stand-in's public key. */
const PLACES: readonly Place[] = [
  {
    kind: 'repo',
    path: REPO,
    permission: 'secrets',
    secretsOf: (call) => repositoryOf(call).secrets,
    keyOf: (call) => `${repositoryOf(call).id}`,
  },
  {
    kind: 'environment',
    path: ENVIRONMENT,
    permission: 'environments',
    secretsOf: (call) => environmentOf(call).secrets,
    keyOf: (call) => `environment ${environmentOf(call).id}`,
  },
];

export const SECRET_OPERATIONS: readonly Operation[] = PLACES.flatMap((place) => {
  const { kind, path, permission } = place;
  const one = `${path}/{secret_name}`;
  return [
    {
      id: `actions/list-${kind}-secrets`,
      method: 'GET',
      path,
      access: `${permission}=read`,
      answer: (call) => {
        const names = [...place.secretsOf(call).keys()];
        return listed(call, 'secrets', names, (name) => shown(call, place, name));
      },
    },
    {
      id: `actions/get-${kind}-public-key`,
      method: 'GET',
      path: `${path}/public-key`,
      access: `${permission}=read`,
      answer: async (call) => {
        place.secretsOf(call);
        return ok(call.world.sealedSecrets.publicKey());
      },
    },
    {
      id: `actions/get-${kind}-secret`,
      method: 'GET',
      path: one,
      access: `${permission}=read`,
      answer: (call) => ok(shown(call, place, known(call, place))),
    },
    {
      id: `actions/create-or-update-${kind}-secret`,
      method: 'PUT',
      path: one,
      access: `${permission}=write`,
      answer: (call) => put(call, place),
    },
    {
      id: `actions/delete-${kind}-secret`,
      method: 'DELETE',
      path: one,
      access: `${permission}=write`,
      answer: (call) => {
        place.secretsOf(call).delete(known(call, place));
        return noContent();
      },
    },
  ] satisfies readonly Operation[];
});

function known(call: Call, { secretsOf }: Place): string {
  const name = param(call.request, 'secret_name').toUpperCase();
  if (!secretsOf(call).has(name)) throw notFound();
  return name;
}

const timesKey = (call: Call, { keyOf }: Place, name: string): string => `${keyOf(call)} ${name}`;

/** Secrets that came by the management API have no times of their own; their repository's stand in. */
function shown(call: Call, place: Place, name: string) {
  const born = repositoryOf(call).createdAt;
  const times = call.world.store.secretTimes.get(timesKey(call, place, name));
  return {
    name,
    created_at: wireTime(times?.createdAt ?? born),
    updated_at: wireTime(times?.updatedAt ?? born),
  };
}

async function put(call: Call, place: Place): Promise<Answer> {
  const { store, clock, sealedSecrets } = call.world;
  const secrets = place.secretsOf(call);
  const name = param(call.request, 'secret_name').toUpperCase();
  if (!NAME.test(name) || name.startsWith('GITHUB_')) {
    throw githubError(
      422,
      'Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). They must not start with a number or GITHUB_.',
    );
  }
  const { encrypted_value, key_id } = bodyOf(call.request, body);
  const value = await sealedSecrets.open(encrypted_value, key_id);
  if (value === null) {
    throw githubError(422, 'The secret is not sealed for the public key of this repository.');
  }
  const key = timesKey(call, place, name);
  const now = clock.now();
  const isNew = !secrets.has(name);
  secrets.set(name, value);
  const createdAt = store.secretTimes.get(key)?.createdAt ?? now;
  store.secretTimes.set(key, { createdAt, updatedAt: now });
  return isNew ? { status: 201, body: {} } : noContent();
}
