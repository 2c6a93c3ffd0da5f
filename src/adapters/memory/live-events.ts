import type { LiveEvent, LiveEvents } from '../../ports/live-events.ts';

/** Live events within one process. A listener that throws is its own problem, not the publisher's. */
export function createMemoryLiveEvents(): LiveEvents {
  const listeners = new Set<(event: LiveEvent) => void>();
  return {
    publish(event) {
      for (const listener of listeners) queueMicrotask(() => listener(event));
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
