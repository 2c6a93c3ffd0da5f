import type { z } from 'zod';
import type { ApiBudget, Urgency } from '../../domain/api-budget.ts';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Credential, Credentials } from './credentials.ts';
import { EntityTags } from './entity-tags.ts';
import { createHttp, type Http, type HttpReply, joinUrl, refusal, succeeded } from './http.ts';
import { createRequestGate, type RequestGate } from './request-gate.ts';
import { type RetryPlan, retrying } from './retry.ts';

export interface RestDeps {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly credentials: Credentials;
  readonly userAgent: string;
  readonly clock: Clock;
}

export interface RestCall {
  /** As part of an error: "making a runner". */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the API's address, or a whole address below it. */
  readonly path: string;
  /** Whose credential: `owner/name`, `owner`, or null where it does not matter. */
  readonly scope: string | null;
  readonly urgency: Urgency;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export type ListCall = Omit<RestCall, 'method'> & { readonly mostPages?: number };

export interface RestClient {
  /** Sends a call once. Any status is an answer. */
  send(call: RestCall): Promise<HttpReply>;
  /** Sends a call that may be repeated until GitHub answers with less than 500. */
  repeat(call: RestCall): Promise<HttpReply>;
  /** The elements of a list over its pages, by the Link header; of at most 50 pages unless told. */
  list<T>(call: ListCall, page: z.ZodType<readonly T[]>): Promise<readonly T[]>;
  /** The budgets of the credentials that have been used, by their keys. */
  budgets(): ReadonlyMap<string, ApiBudget>;
}

/** Only repeatable calls go through this. */
const REST_RETRIES: RetryPlan = { tries: 4, fromMs: 500, toMs: 3_000 };
const TIMEOUT_MS = 20_000;
const MOST_PAGES = 50;

/**
 * GitHub's REST API: every call of the hub's own passes here, within the budget of its credential,
 * reads with entity tags. Throws `github-unreachable`, `github-limited` and what credentials throw.
 */
export function createRestClient(deps: RestDeps): RestClient {
  const http = createHttp(deps.userAgent);
  const gates = new Map<string, RequestGate>();
  const tags = new EntityTags();
  const gateOf = (key: string): RequestGate => {
    const gate = gates.get(key) ?? createRequestGate(deps.clock);
    gates.set(key, gate);
    return gate;
  };

  const attempt = async (call: RestCall, credential: Credential): Promise<HttpReply> => {
    const url = joinUrl(deps.apiUrl, call.path);
    const kept = call.method === 'GET' ? `${credential.key} ${url}` : null;
    const planned = { urgency: call.urgency, writes: call.method !== 'GET' };
    const reply = await gateOf(credential.key).pass(planned, () =>
      exchange(http, call, url, {
        Authorization: `Bearer ${credential.token.reveal()}`,
        ...(kept === null ? {} : tags.headerFor(kept)),
      }),
    );
    return kept === null ? reply : tags.settle(kept, reply);
  };

  /** A token that has just expired or was revoked is replaced once. */
  const send = async (call: RestCall): Promise<HttpReply> => {
    const credential = await deps.credentials.of(call.scope, call.signal);
    const reply = await attempt(call, credential);
    if (reply.status !== 401) return reply;
    deps.credentials.reject(credential);
    const next = await deps.credentials.of(call.scope, call.signal);
    return next.token.reveal() === credential.token.reveal() ? reply : attempt(call, next);
  };

  const repeat = (call: RestCall): Promise<HttpReply> =>
    retrying(deps.clock, REST_RETRIES, call.signal, async () => {
      const reply = await send(call);
      if (reply.status >= 500) throw refused(call.what, reply);
      return reply;
    });

  return {
    send,
    repeat,
    async list(call, page) {
      const all = [];
      let next: string | null = call.path;
      for (let pages = 0; next !== null && pages < (call.mostPages ?? MOST_PAGES); pages += 1) {
        const reply: HttpReply = await repeat({ ...call, method: 'GET', path: next });
        if (!succeeded(reply)) throw refused(call.what, reply);
        all.push(...parsed(call.what, page, reply));
        next = nextPage(reply, deps.apiUrl);
      }
      return all;
    },
    budgets: () => new Map([...gates].map(([key, gate]) => [key, gate.budget()])),
  };
}

function exchange(
  http: Http,
  call: RestCall,
  url: string,
  headers: Record<string, string>,
): Promise<HttpReply> {
  const body = call.body === undefined ? {} : { body: JSON.stringify(call.body) };
  return http({
    what: call.what,
    method: call.method,
    url,
    headers: {
      Accept: 'application/vnd.github+json',
      'X-GitHub-Api-Version': '2022-11-28',
      ...(call.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...body,
    timeoutMs: TIMEOUT_MS,
    signal: call.signal,
  });
}

/** The address of the next page, which must be at the API that we asked: the token goes with it. */
function nextPage({ headers }: HttpReply, apiUrl: string): string | null {
  const { link } = headers;
  const next = /<([^>]+)>;\s*rel="next"/.exec(Array.isArray(link) ? link.join(',') : (link ?? ''));
  const url = next?.[1];
  if (url === undefined || !URL.canParse(url)) return null;
  return new URL(url).origin === new URL(apiUrl).origin ? url : null;
}

/** Rate limits answer 403 or 429 with a remaining count of 0 or a time to wait. */
export function refused(what: string, reply: HttpReply): AppError {
  const isLimit =
    reply.headers['retry-after'] !== undefined || reply.headers['x-ratelimit-remaining'] === '0';
  if ((reply.status === 403 || reply.status === 429) && isLimit) {
    return new AppError('github-limited', `${what}: GitHub limits our rate`, { retryable: true });
  }
  if (reply.status === 401) {
    return new AppError('github-refused', `${what}: GitHub does not accept our credentials`);
  }
  if (reply.status === 404) return new AppError('not-found', `${what}: not found at GitHub`);
  return refusal(what, reply.status);
}

export function parsed<T>(what: string, schema: z.ZodType<T>, reply: HttpReply): T {
  const result = schema.safeParse(reply.json);
  if (!result.success) {
    throw new AppError('github-refused', `${what}: the answer has an unknown shape`);
  }
  return result.data;
}
