import { createHash, timingSafeEqual } from 'node:crypto';
import type { Store } from '../state/store.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether a credential is the stand-in's token, or the GITHUB_TOKEN of a job that runs. */
export function createAuthorize(
  token: string,
  store: Store,
): (credential: string | null) => boolean {
  const wanted = digest(token);
  return (credential) => {
    if (credential === null) return false;
    if (timingSafeEqual(digest(credential), wanted)) return true;
    if (!credential.startsWith('ghs_')) return false;
    return [...store.jobs.values()].some(
      (job) => job.status === 'in_progress' && job.githubToken === credential,
    );
  };
}
