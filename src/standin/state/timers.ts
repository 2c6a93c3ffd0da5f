import { messageOf } from '../../domain/errors.ts';
import type { StandinClock, StandinLog } from '../dependencies.ts';
import { createDueQueue } from './due-queue.ts';

interface Deps {
  readonly clock: StandinClock;
  readonly log: StandinLog;
  /** When which timer is due, by `kind:id`: state, so that a restart forgets none. */
  readonly deadlines: Map<string, number>;
}

export type Timers = ReturnType<typeof createTimers>;

/** The longest sleep that a timer of Node can take; a longer one is slept in parts. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

const keyOf = (kind: string, id: number): string => `${kind}:${id}`;

/**
 * Deadlines of things that have an id. What happens at one is registered by kind, once, and is no part
 * of the state. Setting a deadline again replaces it. Those that are due at the same time, or were due
 * while nothing ran, happen in their order. Nothing happens before `start` and after `stop`.
 */
export function createTimers({ clock, log, deadlines }: Deps) {
  const actions = new Map<string, (id: number) => void>();
  const due = createDueQueue((key) => deadlines.get(key));
  let sleeping: { readonly until: number; readonly controller: AbortController } | null = null;
  let state: 'new' | 'running' | 'stopped' = 'new';

  function fire(key: string): void {
    deadlines.delete(key);
    const colon = key.lastIndexOf(':');
    try {
      actions.get(key.slice(0, colon))?.(Number(key.slice(colon + 1)));
    } catch (error) {
      log.error('timer failed', { timer: key, error: messageOf(error) });
    }
  }

  /** Sleeps until the next deadline, unless it sleeps no longer than that already. */
  function arm(): void {
    const next = due.peek();
    if (state !== 'running' || next === null) return;
    if (sleeping !== null && sleeping.until <= next.at) return;
    sleeping?.controller.abort();
    const controller = new AbortController();
    const ms = Math.min(Math.max(0, next.at - clock.now()), MAX_SLEEP_MS);
    const until = clock.now() + ms;
    sleeping = { until, controller };
    void clock.sleep(ms, controller.signal).then(() => {
      if (controller.signal.aborted) return;
      sleeping = null;
      // A sleep may end a moment before the clock says so.
      fireDue(Math.max(until, clock.now()));
      arm();
    });
  }

  function fireDue(now: number): void {
    for (let next = due.peek(); next !== null && next.at <= now; next = due.peek()) {
      due.pop();
      fire(next.key);
    }
  }

  return {
    /** Says what happens at the deadlines of a kind. */
    on(kind: string, action: (id: number) => void): void {
      if (actions.has(kind)) throw new Error(`there is an action for timers '${kind}' already`);
      actions.set(kind, action);
    },
    set(kind: string, id: number, ms: number): void {
      if (!actions.has(kind)) throw new Error(`there is no action for timers '${kind}'`);
      const key = keyOf(kind, id);
      const at = clock.now() + ms;
      deadlines.set(key, at);
      due.push({ key, at });
      arm();
    },
    clear: (kind: string, id: number): void => void deadlines.delete(keyOf(kind, id)),
    /** Takes up the deadlines that an earlier process left. */
    start(): void {
      state = 'running';
      for (const [key, at] of deadlines) due.push({ key, at });
      arm();
    },
    stop(): void {
      state = 'stopped';
      sleeping?.controller.abort();
      sleeping = null;
    },
  };
}
