import { randomUUID } from 'node:crypto';
import type { Faults, Strike } from '../faults/faults.ts';
import type { FaultKind } from '../faults/schema.ts';
import type { Background } from '../state/background.ts';
import type { Delivery, Hook } from '../state/hooks.ts';
import type { Store } from '../state/store.ts';
import type { Timers } from '../state/timers.ts';
import type { Attempt, Deliver, Message } from './deliver.ts';

export type Outbox = ReturnType<typeof createOutbox>;

interface Deps {
  readonly store: Store;
  readonly timers: Timers;
  readonly background: Background;
  readonly faults: Faults;
  readonly attempt: Attempt;
}

const KINDS = [
  'webhook-lost',
  'webhook-doubled',
  'webhook-delayed',
  'webhook-reordered',
] as const satisfies readonly FaultKind[];
type WebhookStrike = Strike<(typeof KINDS)[number]>;

/**
 * Where webhooks wait to be sent: usually for no time at all, and otherwise as the faults say. One that
 * was being sent when the process died is sent again, with the same guid, as GitHub may do, too.
 */
export function createOutbox({ store, timers, background, faults, attempt }: Deps) {
  timers.on('webhook', send);

  function put(hook: Hook, message: Message, again: Delivery | null, isHeld = false): number {
    const id = store.nextId();
    store.outbox.set(id, { id, hookId: hook.id, message, again, isHeld });
    return id;
  }

  function send(id: number): void {
    const outgoing = store.outbox.get(id);
    const hook = outgoing === undefined ? undefined : store.hooks.get(outgoing.hookId);
    if (outgoing === undefined || hook === undefined) {
      store.outbox.delete(id);
      return;
    }
    background.run('webhook', async () => {
      await attempt(hook, outgoing.message, outgoing.again);
      store.outbox.delete(id);
      if (!outgoing.isHeld) releaseHeld(hook);
    });
  }

  function releaseHeld(hook: Hook): void {
    for (const { id, hookId, isHeld } of store.outbox.values()) {
      if (!isHeld || hookId !== hook.id || !store.deadlines.has(`webhook:${id}`)) continue;
      timers.clear('webhook', id);
      send(id);
    }
  }

  function later(id: number, ms: number): void {
    if (ms > 0) timers.set('webhook', id, ms);
    else send(id);
  }

  function strike(message: Message): WebhookStrike | undefined {
    if (!KINDS.some((kind) => faults.has(kind))) return undefined;
    const { event, action, guid } = message;
    const place = action === null ? event : `${event}.${action}`;
    const repository = repositoryIn(message);
    const chance = { webhook: { event, action }, repository, place, subject: guid ?? '' };
    return faults.at(KINDS, chance)[0];
  }

  return {
    deliver: ((hook, given, redelivered) => {
      const again = redelivered ?? null;
      const message = { ...given, guid: again?.guid ?? randomUUID() };
      const { fault, delay = () => 0 } = strike(message) ?? {};
      if (fault?.kind === 'webhook-lost') return;
      const isHeld = fault?.kind === 'webhook-reordered';
      const id = put(hook, message, again, isHeld);
      if (fault?.kind === 'webhook-reordered') later(id, fault.within);
      else if (fault?.kind === 'webhook-delayed') later(id, delay(fault.delay));
      else send(id);
      if (fault?.kind === 'webhook-doubled') later(put(hook, message, again), delay(fault.delay));
    }) satisfies Deliver,
    /** Sends what an earlier process left; what has a deadline waits for it. */
    begin(): void {
      for (const { id } of [...store.outbox.values()]) {
        if (!store.deadlines.has(`webhook:${id}`)) send(id);
      }
    },
  };
}

/** The repository that the event is about, where it is about one. */
function repositoryIn({ payload }: Message): string | undefined {
  const body = JSON.parse(payload) as { readonly repository?: { readonly full_name?: string } };
  return body.repository?.full_name;
}
