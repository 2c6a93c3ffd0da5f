import { AppError } from '../../domain/errors.ts';
import type { ActionReference } from '../../ports/action-source.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, succeeded } from './http.ts';
import { type ActionLocation, type LocateActions, nameOf } from './launch-service.ts';
import { ACTION_RETRIES, retrying } from './retry.ts';

export interface RestActionsDeps {
  readonly http: Http;
  readonly clock: Clock;
  /** `github.api_url` of the job. */
  readonly apiUrl: string;
  /** The job's GitHub token. */
  readonly token: string;
}

const TIMEOUT_MS = 30_000;

/** For a server without a launch service: the REST API with the job's own token (protocol F.1). */
export function restActions(deps: RestActionsDeps): LocateActions {
  return (references, signal) =>
    Promise.all(references.map((reference) => locate(deps, reference, signal)));
}

async function locate(
  deps: RestActionsDeps,
  reference: ActionReference,
  signal: AbortSignal,
): Promise<ActionLocation> {
  const { repository, ref } = reference;
  const base = `${deps.apiUrl.replace(/\/+$/, '')}/repos/${escapeEach(repository)}`;
  const sha = await retrying(deps.clock, ACTION_RETRIES, signal, async () => {
    const reply = await deps.http({
      what: `resolving ${nameOf(reference)}`,
      method: 'GET',
      url: `${base}/commits/${escapeEach(ref)}`,
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${deps.token}`,
      },
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (succeeded(reply)) return shaOf(reply.json);
    if ([403, 404, 422].includes(reply.status)) {
      const detail = `Unable to resolve action ${nameOf(reference)}: there is no such repository or ref, or this job may not read it`;
      throw new AppError('action-missing', detail);
    }
    const detail = `resolving ${nameOf(reference)}: answered with status ${reply.status}`;
    throw new AppError('github-unreachable', detail, { retryable: true });
  });
  return { repository, sha, archiveUrl: `${base}/tarball/${sha}`, token: null };
}

const escapeEach = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

function shaOf(commit: unknown): string {
  const sha = typeof commit === 'object' && commit !== null && 'sha' in commit ? commit.sha : null;
  if (typeof sha === 'string' && /^[0-9a-f]{40,64}$/.test(sha)) return sha;
  throw new AppError('github-unreachable', 'resolving an action: the answer has an unknown shape');
}
