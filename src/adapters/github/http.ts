import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../domain/errors.ts';
import { exchange } from './http-exchange.ts';
import type { HttpRequest } from './http-request.ts';
import { linkAbort } from './linked-abort.ts';

export interface HttpReply {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The body as JSON; undefined where it is empty or not JSON by its content type. */
  readonly json: unknown;
}

/** Sends one request. Throws `github-unreachable` (retryable) or `cancelled`; any status is an answer. */
export type Http = (request: HttpRequest) => Promise<HttpReply>;

/** Joins as the protocol wants it: a base without trailing slash keeps its last segment (J.1). */
export const joinUrl = (base: string, path: string): string =>
  new URL(path, base.endsWith('/') ? base : `${base}/`).toString();

const isOk = (status: number): boolean => status >= 200 && status < 300;

export const succeeded = (reply: HttpReply): boolean => isOk(reply.status);

export function createHttp(userAgent: string): Http {
  return async (request) => {
    using abort = linkAbort(request.signal, request.timeoutMs);
    try {
      const answer = await exchange(request, userAgent, abort.signal);
      return { ...answer, json: readJson(answer.headers, answer.text) };
    } catch (error) {
      throw translate(error, request, abort.timedOut());
    }
  };
}

function readJson(headers: HttpReply['headers'], text: string): unknown {
  if (text.trim() === '' || !(headers['content-type'] ?? '').includes('json')) {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function translate(error: unknown, request: HttpRequest, timedOut: boolean): AppError {
  if (request.signal?.aborted) {
    return new AppError('cancelled', `${request.what} was cancelled`);
  }
  const host = new URL(request.url).host;
  if (timedOut) {
    const detail = `${request.what}: ${host} gave no answer within ${request.timeoutMs} ms`;
    return new AppError('github-unreachable', detail, { retryable: true });
  }
  const detail = `${request.what}: cannot reach ${host} (${networkCode(error)})`;
  return new AppError('github-unreachable', detail, { retryable: true });
}

/** Only the code: messages of the HTTP client may repeat headers or URLs. */
function networkCode(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause !== 'object' || cause === null) return 'unknown';
  const code = 'code' in cause ? cause.code : undefined;
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.name : 'unknown';
}

/** The error of a status that nobody expected. */
export function refusal(what: string, status: number): AppError {
  const passing = status === 429 || status === 408 || status >= 500;
  const code = status >= 500 ? 'github-unreachable' : 'github-refused';
  return new AppError(code, `${what}: answered with status ${status}`, { retryable: passing });
}
