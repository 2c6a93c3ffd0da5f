import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose';
import { allows } from '../../actions/workflow-permissions.ts';
import type { Address, StandinClock } from '../dependencies.ts';
import { githubContext, workflowRef } from '../scheduler/contexts.ts';
import { fullName, type Job } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { KeyPool } from './key-pool.ts';

interface Deps {
  readonly store: Pick<Store, 'keys'>;
  readonly address: Address;
  readonly clock: StandinClock;
  readonly keys: KeyPool;
}

/** Below this path of an Enterprise Server are its issuer and what it publishes. */
export const ISSUER_PATH = '/_services/token';

/** Its name in the state. */
const SIGNING_KEY = 'id-tokens';

/** A token may be used some minutes before its time, for the sake of slow clocks, and five after. */
const EARLY_SECONDS = 600;
const VALID_SECONDS = 300;

export type IdTokens = ReturnType<typeof createIdTokens>;

/** Tokens by which a job proves to others what it is (OpenID Connect); the key lives as the state. */
export function createIdTokens({ store, address, clock, keys }: Deps) {
  let signing: Promise<{ readonly privateKey: KeyObject; readonly jwk: JWK }> | undefined;
  const key = () => (signing ??= signingKey(store, keys));
  const issuer = (): string => `${address.jobUrl()}${ISSUER_PATH}`;

  return {
    issuer,
    publicKeys: async () => ({ keys: [(await key()).jwk] }),
    /** For an audience; GitHub's default is the page of the repository's owner. */
    async forJob(job: Job, audience: string | undefined): Promise<string> {
      const { privateKey, jwk } = await key();
      const environment = job.leg.environment?.name ?? null;
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT(claimsOf(job, environment, address))
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: jwk.kid ?? '' })
        .setJti(randomUUID())
        .setIssuer(issuer())
        .setSubject(subjectOf(job, environment))
        .setAudience(audience ?? `${address.jobServerUrl()}/${job.run.repository.owner}`)
        .setIssuedAt(now)
        .setNotBefore(now - EARLY_SECONDS)
        .setExpirationTime(now + VALID_SECONDS)
        .sign(privateKey);
    },
  };
}

async function signingKey(
  store: Pick<Store, 'keys'>,
  keys: KeyPool,
): Promise<{ privateKey: KeyObject; jwk: JWK }> {
  const known = store.keys.get(SIGNING_KEY);
  const privateKey =
    known === undefined
      ? (await keys.fresh()).privateKey
      : createPrivateKey({ key: known, format: 'jwk' });
  store.keys.set(SIGNING_KEY, privateKey.export({ format: 'jwk' }));
  const jwk = await exportJWK(createPublicKey(privateKey));
  const kid = await calculateJwkThumbprint(jwk);
  return { privateKey, jwk: { ...jwk, kid, alg: 'RS256', use: 'sig' } };
}

/** Members of the `github` context that are claims of the same name. */
const CLAIMS = [
  'actor',
  'actor_id',
  'base_ref',
  'event_name',
  'head_ref',
  'ref',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'repository_visibility',
  'run_attempt',
  'run_id',
  'run_number',
  'sha',
  'workflow',
  'workflow_ref',
  'workflow_sha',
];

/** What the token says of the job, all of it text, as GitHub's reference of OpenID Connect lists it. */
function claimsOf(job: Job, environment: string | null, address: Address): Record<string, string> {
  const github = githubContext(job.run, address);
  return {
    ...Object.fromEntries(CLAIMS.map((name) => [name, String(github[name] ?? '')])),
    ref_protected: String(github['ref_protected']),
    job_workflow_ref: workflowRef(job.group.scope),
    job_workflow_sha: job.group.scope.tree.source.sha,
    runner_environment: 'self-hosted',
    ...(environment === null ? {} : { environment }),
  };
}

function subjectOf({ run }: Job, environment: string | null): string {
  const repository = `repo:${fullName(run.repository)}`;
  if (environment !== null) return `${repository}:environment:${environment}`;
  return run.event === 'pull_request'
    ? `${repository}:pull_request`
    : `${repository}:ref:${run.ref}`;
}

/** Whether a job asked for `id-token: write`, and may have it. */
export const mayHaveIdToken = ({ permissions }: Job): boolean =>
  allows(permissions, 'id-token', 'write');
