import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, joinUrl, succeeded } from './http.ts';
import { REPORT_RETRIES, retrying } from './retry.ts';

export interface ResultsDeps {
  readonly http: Http;
  readonly clock: Clock;
  /** `system.github.results_endpoint`; not `ResultsServiceUrl` (protocol J.17). */
  readonly endpoint: string;
  readonly token: string;
  readonly planId: string;
  readonly jobId: string;
}

export const RECEIVER = 'twirp/results.services.receiver.Receiver';
const TIMEOUT_MS = 30_000;

const okReply = z.looseObject({ ok: z.literal(true) });

/** Milliseconds and `Z`, as the results service wants instants (protocol E.1). */
export const wireInstant = (ms: number): string => new Date(ms).toISOString();

/** The ids that every request of a job carries. */
export const runIds = (deps: ResultsDeps): Record<string, string> => ({
  workflow_run_backend_id: deps.planId,
  workflow_job_run_backend_id: deps.jobId,
});

/** One Twirp call. Any failure is tried again: 404 "run not found" clears itself at the start (E.1). */
export async function twirp<T>(
  deps: ResultsDeps,
  path: string,
  body: unknown,
  schema: z.ZodType<T>,
): Promise<T> {
  const what = path.slice(path.lastIndexOf('/') + 1);
  return retrying(deps.clock, REPORT_RETRIES, undefined, async () => {
    const reply = await deps.http({
      what,
      method: 'POST',
      url: joinUrl(deps.endpoint, path),
      headers: {
        Accept: 'application/json',
        Authorization: `Bearer ${deps.token}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
    });
    const parsed = schema.safeParse(reply.json);
    if (succeeded(reply) && parsed.success) return parsed.data;
    const answer = succeeded(reply) ? 'an unknown shape' : `status ${reply.status}`;
    const detail = `${what}: answered with ${answer}`;
    const retryable = reply.status !== 401 && reply.status !== 403;
    throw new AppError('github-unreachable', detail, { retryable });
  });
}

/** A call whose answer must be `{"ok":true}`; otherwise the server dropped what we sent (J.20). */
export async function twirpOk(deps: ResultsDeps, path: string, body: unknown): Promise<void> {
  await twirp(deps, path, body, okReply);
}

export interface BlobTarget {
  /** Signed: never log it. */
  readonly url: string;
  readonly azure: boolean;
}

export interface BlobPut {
  readonly target: BlobTarget;
  /** Appended with `&`, for the signed URL has a query already (protocol J.18). */
  readonly suffix?: string;
  readonly body: Uint8Array | readonly Uint8Array[];
  /** Sent only where the storage is Azure's. */
  readonly azureHeaders: Readonly<Record<string, string>>;
}

/** PUT to the blob store: no Authorization header, since the URL is the permission (J.19). */
export async function putBlob(deps: ResultsDeps, put: BlobPut): Promise<void> {
  const what = 'uploading a blob';
  const suffix = put.suffix === undefined ? '' : `&${put.suffix}`;
  const reply = await deps.http({
    what,
    method: 'PUT',
    url: `${put.target.url}${suffix}`,
    headers: { 'Content-Type': 'text/plain', ...(put.target.azure ? put.azureHeaders : {}) },
    body: put.body,
    timeoutMs: TIMEOUT_MS,
  });
  if (succeeded(reply)) return;
  const detail = `${what}: answered with status ${reply.status}`;
  throw new AppError('github-unreachable', detail, { retryable: true });
}
