import { createHmac, randomUUID } from 'node:crypto';
import { messageOf } from '../../domain/errors.ts';
import type { StandinClock, StandinLog } from '../dependencies.ts';
import type { Delivery, Hook } from '../state/hooks.ts';

/** GitHub waits so long for an answer and does not try again by itself (protocol I.2). */
const ANSWER_MS = 10_000;
const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;
/** How many deliveries of a hook are kept. */
const MAX_DELIVERIES = 1000;
/** How much of a receiver's answer is kept, in characters. */
const MAX_ANSWER = 10_000;

export interface Message {
  /** Its `X-GitHub-Delivery`. */
  readonly guid?: string;
  readonly event: string;
  readonly action: string | null;
  /** The JSON text; what is signed and sent, byte for byte. */
  readonly payload: string;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
}

interface Deps {
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly nextId: () => number;
  /** Told when something was delivered to a hook. */
  readonly noted: (hook: Hook) => void;
  readonly stopping: AbortSignal;
}

export type Deliver = (hook: Hook, message: Message, again?: Delivery) => void;

/** One try; over when the receiver has answered or its time is up. */
export type Attempt = (hook: Hook, message: Message, again: Delivery | null) => Promise<void>;

/**
 * Sends a message to a hook and notes what came of it. A redelivery keeps the guid of the first one
 * and its text. Nothing is tried twice and nothing is kept in order, as at GitHub.
 */
export function createAttempt({ clock, log, nextId, noted, stopping }: Deps): Attempt {
  return async (hook, message, again) => {
    if (!hook.active || Buffer.byteLength(message.payload) > MAX_PAYLOAD_BYTES) return;
    const guid = again?.guid ?? message.guid ?? randomUUID();
    const startedAt = clock.now();
    const outcome = await send(hook, message, guid, timeLimit(clock, stopping));
    const { statusCode, status } = outcome;
    if (statusCode < 200 || statusCode > 299) {
      log.warn('webhook not accepted', { hook: hook.id, event: message.event, statusCode, status });
    }
    hook.deliveries.push({
      id: nextId(),
      guid,
      event: message.event,
      action: message.action,
      installationId: message.installationId,
      repositoryId: message.repositoryId,
      redelivery: again !== null,
      deliveredAt: startedAt,
      durationMs: clock.now() - startedAt,
      ...outcome,
      payload: message.payload,
    });
    if (hook.deliveries.length > MAX_DELIVERIES) hook.deliveries.shift();
    noted(hook);
  };
}

interface TimeLimit {
  readonly signal: AbortSignal;
  readonly over: () => void;
}

/** Aborted when the receiver has had its time, by the stand-in's clock; `over` ends the waiting. */
function timeLimit(clock: StandinClock, stopping: AbortSignal): TimeLimit {
  const [late, over] = [new AbortController(), new AbortController()];
  void clock.sleep(ANSWER_MS, over.signal).then(() => late.abort());
  return { signal: AbortSignal.any([stopping, late.signal]), over: () => over.abort() };
}

type Outcome = Pick<
  Delivery,
  'statusCode' | 'status' | 'requestHeaders' | 'responseHeaders' | 'responseBody'
>;

async function send(
  hook: Hook,
  message: Message,
  guid: string,
  { signal, over }: TimeLimit,
): Promise<Outcome> {
  const form = hook.contentType === 'form';
  const body = form ? `payload=${encodeURIComponent(message.payload)}` : message.payload;
  const requestHeaders = headersOf(hook, message.event, guid, body);
  try {
    const init = { method: 'POST', headers: requestHeaders, body, signal };
    const response = await fetch(hook.url, { ...init, redirect: 'manual' });
    return {
      statusCode: response.status,
      status: response.statusText || String(response.status),
      requestHeaders,
      responseHeaders: Object.fromEntries(response.headers),
      responseBody: (await response.text()).slice(0, MAX_ANSWER),
    };
  } catch (error) {
    const status = signal.aborted ? 'timed out' : messageOf(error);
    return { statusCode: 0, status, requestHeaders, responseHeaders: {}, responseBody: '' };
  } finally {
    over();
  }
}

/** Headers of protocol I.2; the signatures cover the body as it is sent. */
function headersOf(hook: Hook, event: string, guid: string, body: string): Record<string, string> {
  return {
    Accept: '*/*',
    'Content-Type':
      hook.contentType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
    'User-Agent': 'GitHub-Hookshot/standin',
    'X-GitHub-Event': event,
    'X-GitHub-Delivery': guid,
    'X-GitHub-Hook-ID': String(hook.id),
    'X-GitHub-Hook-Installation-Target-ID': String(hook.target.id),
    'X-GitHub-Hook-Installation-Target-Type': hook.target.type,
    ...(hook.secret === null
      ? {}
      : {
          'X-Hub-Signature': `sha1=${sign('sha1', hook.secret, body)}`,
          'X-Hub-Signature-256': `sha256=${sign('sha256', hook.secret, body)}`,
        }),
  };
}

const sign = (algorithm: 'sha1' | 'sha256', secret: string, body: string): string =>
  createHmac(algorithm, secret).update(body).digest('hex');
