import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { AppError, isAppError, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type ArchiveLimits, rewriteArchive } from './action-tar.ts';
import { linkAbort } from './linked-abort.ts';
import { ACTION_RETRIES, retrying } from './retry.ts';

export interface ArchiveRequest {
  /** `owner/name@ref`, for error texts. */
  readonly name: string;
  readonly url: string;
  /** Value of the Authorization header. */
  readonly authorization: string | null;
  readonly userAgent: string;
  readonly limits: ArchiveLimits;
}

/** For one try (protocol F.2). */
const TIMEOUT_MS = 20 * 60_000;

/**
 * Downloads an archive and writes it as `rewriteArchive` does. A redirect to another host is followed
 * without the credential.
 */
export function downloadArchive(
  clock: Clock,
  request: ArchiveRequest,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  return retrying(clock, ACTION_RETRIES, signal, async () => {
    using abort = linkAbort(signal, TIMEOUT_MS);
    try {
      await tryDownload(request, file, abort.signal);
    } catch (error) {
      if (signal.aborted) throw new AppError('cancelled', 'cancelled while an action was fetched');
      if (isAppError(error)) throw error;
      const why = abort.timedOut() ? 'no end within 20 minutes' : codeOf(error);
      const detail = `The action ${request.name} could not be downloaded: ${why}`;
      throw new AppError('github-unreachable', detail, { retryable: true });
    }
  });
}

async function tryDownload(
  { name, url, authorization, userAgent, limits }: ArchiveRequest,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(url, {
    headers: {
      'User-Agent': userAgent,
      ...(authorization === null ? {} : { Authorization: authorization }),
    },
    signal,
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw refusal(name, response.status);
  }
  const target = createWriteStream(file);
  try {
    await rewriteArchive(Readable.fromWeb(response.body), target, limits);
  } catch (error) {
    if (!isAppError(error, 'action-unusable')) throw error;
    throw new AppError('action-unusable', `The archive of the action ${name} ${error.message}`);
  }
}

function refusal(name: string, status: number): AppError {
  if (status === 404) {
    return new AppError('action-missing', `The archive of the action ${name} is not there (404)`);
  }
  if (status === 403) {
    return new AppError('action-missing', `Access denied to the archive of ${name} (403)`);
  }
  const detail = `The action ${name} could not be downloaded: status ${status}`;
  return new AppError('github-unreachable', detail, { retryable: true });
}

/** Only the code of a network error: its message may repeat the URL, which may be signed. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause !== 'object' || cause === null) return 'unknown';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : messageOf(cause);
}
