import { createHmac, randomUUID } from 'node:crypto';
import { messageOf } from '../../domain/errors.ts';
import type { StandinClock, StandinLog } from '../dependencies.ts';
import type { Background } from '../state/background.ts';
import type { Delivery, Hook } from '../state/model.ts';

/** GitHub waits so long for an answer and does not try again by itself (protocol I.2). */
const ANSWER_MS = 10_000;
const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;
/** How many deliveries of a hook are kept. */
const MAX_DELIVERIES = 1000;

interface Message {
  readonly event: string;
  readonly action: string | null;
  /** The JSON text; what is signed and sent, byte for byte. */
  readonly payload: string;
}

interface Deps {
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly background: Background;
  readonly nextId: () => number;
  readonly stopping: AbortSignal;
}

export type Deliver = (hook: Hook, message: Message, again?: Delivery) => void;

/**
 * Sends a message to a hook and notes what came of it. A redelivery keeps the guid of the first one
 * and its text. Nothing is tried twice and nothing is kept in order, as at GitHub.
 */
export function createDeliver({ clock, log, background, nextId, stopping }: Deps): Deliver {
  async function attempt(hook: Hook, message: Message, again: Delivery | undefined): Promise<void> {
    const guid = again?.guid ?? randomUUID();
    const startedAt = clock.now();
    const outcome = await send(hook, message, guid, stopping);
    if (outcome.statusCode < 200 || outcome.statusCode > 299) {
      log.warn('webhook not accepted', { hook: hook.id, event: message.event, ...outcome });
    }
    hook.deliveries.push({
      id: nextId(),
      guid,
      event: message.event,
      action: message.action,
      redelivery: again !== undefined,
      deliveredAt: startedAt,
      durationMs: clock.now() - startedAt,
      ...outcome,
      payload: message.payload,
    });
    if (hook.deliveries.length > MAX_DELIVERIES) hook.deliveries.shift();
  }

  return (hook, message, again) => {
    if (Buffer.byteLength(message.payload) > MAX_PAYLOAD_BYTES) return;
    background.run('webhook', () => attempt(hook, message, again));
  };
}

interface Outcome {
  readonly statusCode: number;
  readonly status: string;
}

async function send(
  hook: Hook,
  message: Message,
  guid: string,
  stopping: AbortSignal,
): Promise<Outcome> {
  const form = hook.contentType === 'form';
  const body = form ? `payload=${encodeURIComponent(message.payload)}` : message.payload;
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(ANSWER_MS)]);
  try {
    const response = await fetch(hook.url, {
      method: 'POST',
      headers: headersOf(hook, message.event, guid, body),
      body,
      signal,
      redirect: 'manual',
    });
    await response.arrayBuffer();
    return { statusCode: response.status, status: response.statusText || String(response.status) };
  } catch (error) {
    return { statusCode: 0, status: signal.aborted ? 'timed out' : messageOf(error) };
  }
}

/** Headers of protocol I.2; the signatures cover the body as it is sent. */
function headersOf(hook: Hook, event: string, guid: string, body: string): Record<string, string> {
  const isOrganization = !hook.scope.includes('/');
  return {
    Accept: '*/*',
    'Content-Type':
      hook.contentType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
    'User-Agent': 'GitHub-Hookshot/standin',
    'X-GitHub-Event': event,
    'X-GitHub-Delivery': guid,
    'X-GitHub-Hook-ID': String(hook.id),
    'X-GitHub-Hook-Installation-Target-ID': String(hook.id),
    'X-GitHub-Hook-Installation-Target-Type': isOrganization ? 'organization' : 'repository',
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
