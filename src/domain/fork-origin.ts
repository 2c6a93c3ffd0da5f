import type { ForkOrigin } from './routing-pool.ts';

/** What GitHub's REST API says about a run. */
export interface RunFacts {
  readonly event: string;
  /** `owner/name` of the repository that the code comes from; null when it was deleted since. */
  readonly headRepository: string | null;
}

/**
 * Whether the code of a run comes from a fork. The webhook of a job does not say (protocol I.1), so
 * the run is looked up. A pull request whose repository is gone came from a fork: the own one is
 * still there.
 */
export function forkOrigin(repository: string, run: RunFacts | null): ForkOrigin {
  if (run === null) return 'unknown';
  if (run.headRepository === null) return run.event.startsWith('pull_request') ? 'yes' : 'no';
  return run.headRepository.toLowerCase() === repository.toLowerCase() ? 'no' : 'yes';
}
