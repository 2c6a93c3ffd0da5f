import { isAppError } from '../domain/errors.ts';
import type { PoolName } from '../domain/ids.ts';
import type { WaitingReason } from '../domain/waiting-reason.ts';

/** Where a runner was to be made. */
export interface FailurePlace {
  readonly pool: PoolName;
  readonly host: string;
  /** Most runners of the pool. */
  readonly max: number;
}

/**
 * What the failure of a runner means for the job that waits for it. Null for what no waiting mends:
 * then it is a bug.
 */
export function reasonOfFailure(
  error: unknown,
  { pool, host, max }: FailurePlace,
): WaitingReason | null {
  if (!isAppError(error)) return null;
  const detail = error.message;
  switch (error.code) {
    case 'docker-down':
      return { code: 'host-down', host, detail };
    case 'conflict':
      return { code: 'pool-full', pool, max };
    case 'host-full':
      return { code: 'host-full', pool, detail };
    case 'docker-failed':
    case 'image-missing':
    case 'container-lost':
      return { code: 'container-failed', pool, detail };
    case 'github-limited':
      return { code: 'api-budget', detail };
    case 'github-refused':
    case 'github-unreachable':
    case 'runner-name-taken':
    case 'runner-gone':
    case 'job-gone':
    case 'not-found':
    case 'timeout':
      return { code: 'github-refused', detail };
    case 'cancelled':
      return { code: 'draining' };
    default:
      return null;
  }
}
