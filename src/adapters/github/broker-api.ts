import { z } from 'zod';
import type { RunnerSettings } from '../../contract/runner-protocol.ts';
import { sessionReply } from '../../contract/runner-protocol.ts';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, type HttpReply, joinUrl, refusal, succeeded } from './http.ts';
import type { RunnerToken } from './runner-token.ts';
import { RUNNER_VERSION } from './runner-version.ts';

export interface BrokerDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly token: RunnerToken;
  readonly settings: RunnerSettings;
  /** A guid of our own; it is not the session's id (protocol B.1). */
  readonly clientId: string;
  readonly callTimeoutMs: number;
}

export interface BrokerCall {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const SESSION_RETRY_MS = 30_000;
const SESSION_LIMIT_MS = 4 * 60_000;
const NO_SESSION = '00000000-0000-0000-0000-000000000000';

/** One call with the runner's token; a 401 is tried once more with a fresh one (protocol A.4). */
export async function callBroker(deps: BrokerDeps, call: BrokerCall): Promise<HttpReply> {
  const send = async (): Promise<HttpReply> => {
    const token = await deps.token.get(call.signal);
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    return deps.http({
      what: call.what,
      method: call.method,
      url: `${joinUrl(deps.settings.serverurlv2, call.path)}${query}`,
      headers: {
        Accept: 'application/json',
        Authorization: `Bearer ${token}`,
        'X-Actions-Session': deps.clientId,
        ...(call.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      timeoutMs: call.timeoutMs ?? deps.callTimeoutMs,
      signal: call.signal,
    });
  };
  const reply = await send();
  if (reply.status !== 401) return reply;
  deps.token.forget();
  return send();
}

/** What every call about messages tells the broker (protocol B.1). */
export const describeRunner = (
  sessionId: string,
  status: 'Online' | 'Busy',
): Record<string, string> => ({
  sessionId,
  status,
  runnerVersion: RUNNER_VERSION,
  os: 'Linux',
  architecture: process.arch === 'arm64' ? 'ARM64' : 'X64',
});

const brokerError = z.looseObject({
  source: z.literal('actions-broker-listener'),
  errorKind: z.string().nullish(),
});

/** The `errorKind` of a broker error; the status of the answer does not matter for it (B.2). */
export function errorKindOf(body: unknown): string | null {
  const error = brokerError.safeParse(body);
  return error.success ? (error.data.errorKind ?? null) : null;
}

/**
 * Opens a session: 403 is final, everything else is tried again every 30 s for 4 minutes (B.2).
 * A JIT runner is ours alone, so a conflict means that the answer to an earlier try was lost: that
 * session is deleted, once, before waiting.
 */
export async function openBrokerSession(
  deps: BrokerDeps,
  ownerName: string,
  signal: AbortSignal,
): Promise<string> {
  const until = deps.clock.now() + SESSION_LIMIT_MS;
  for (let conflicts = 0; ; ) {
    const outcome = await trySession(deps, ownerName, signal);
    if (typeof outcome === 'string') return outcome;
    if (!outcome.retryable || deps.clock.now() >= until) throw outcome;
    if (outcome.code === 'conflict' && conflicts === 0) {
      conflicts += 1;
      await closeBrokerSession(deps);
      continue;
    }
    await deps.clock.sleep(SESSION_RETRY_MS, signal);
    if (signal.aborted) throw new AppError('cancelled', 'opening a session was cancelled');
  }
}

async function trySession(
  deps: BrokerDeps,
  ownerName: string,
  signal: AbortSignal,
): Promise<string | AppError> {
  const what = 'opening a session';
  const body = {
    sessionId: NO_SESSION,
    ownerName,
    agent: {
      id: deps.settings.agentid,
      name: deps.settings.agentname,
      version: RUNNER_VERSION,
      osDescription: `RunnerHub on ${process.platform}`,
      ephemeral: deps.settings.ephemeral ?? null,
      status: 0,
      provisioningState: null,
    },
    useFipsEncryption: false,
  };
  try {
    const reply = await callBroker(deps, { what, method: 'POST', path: 'session', body, signal });
    return readSession(what, reply);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function readSession(what: string, reply: HttpReply): string | AppError {
  if (succeeded(reply)) {
    const session = sessionReply.safeParse(reply.json);
    if (session.success) return session.data.sessionId;
    return new AppError('github-refused', `${what}: the answer has an unknown shape`);
  }
  if (reply.status === 409) {
    return new AppError('conflict', `${what}: the runner has another session`, { retryable: true });
  }
  if (reply.status === 404 || errorKindOf(reply.json) === 'RunnerNotFound') {
    return new AppError('runner-gone', `${what}: GitHub no longer knows this runner`);
  }
  if (reply.status === 401 || reply.status === 403) return refusal(what, reply.status);
  const detail = `${what}: answered with status ${reply.status}`;
  return new AppError('github-unreachable', detail, { retryable: true });
}

/** Never throws: a session that cannot be closed lapses by itself. */
export async function closeBrokerSession(deps: BrokerDeps): Promise<void> {
  const what = 'closing a session';
  await callBroker(deps, { what, method: 'DELETE', path: 'session', timeoutMs: 10_000 }).catch(
    () => undefined,
  );
}
