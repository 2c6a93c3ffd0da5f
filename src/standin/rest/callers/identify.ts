import { createHash, timingSafeEqual } from 'node:crypto';
import type { StandinClock } from '../../dependencies.ts';
import { githubError } from '../../http/refusal.ts';
import type { Job } from '../../state/model.ts';
import type { Store } from '../../state/store.ts';
import { appOfToken } from './app-token.ts';
import type { Caller, CallerOf } from './caller.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Tells whose a credential is: the stand-in's token, the GITHUB_TOKEN of a job that runs, the token of
 * an installation, or what an App signed. Refuses a signed token that breaks GitHub's rules by name.
 */
export function createCallerOf(token: string, store: Store, clock: StandinClock): CallerOf {
  const wanted = digest(token);

  function installationOf(credential: string): Caller | null {
    const known = store.installationTokens.get(credential);
    if (known === undefined || known.expiresAt <= clock.now()) return null;
    const installation = store.installations.get(known.installationId);
    if (installation === undefined) return null;
    if (installation.suspendedAt !== null) {
      throw githubError(403, 'This installation has been suspended');
    }
    return { kind: 'installation', installation, token: known };
  }

  return async (credential) => {
    if (credential === null) return { kind: 'anonymous' };
    if (timingSafeEqual(digest(credential), wanted)) return { kind: 'owner' };
    if (credential.startsWith('ghs_')) {
      const job = jobOfToken(store, credential);
      return job === undefined ? installationOf(credential) : { kind: 'job', job };
    }
    if (!JWT.test(credential)) return null;
    return { kind: 'app', app: await appOfToken(store, clock, credential) };
  };
}

const jobOfToken = (store: Store, credential: string): Job | undefined =>
  [...store.jobs.values()].find(
    (job) => job.status === 'in_progress' && job.githubToken === credential,
  );
