import type { Clock } from '../ports/clock.ts';

/** Calls `flush` a while after something changed, never twice at once. */
export interface Flusher {
  /** Something changed: flush within the interval. */
  touch(): void;
  /** Flush now, if something changed. */
  hurry(): void;
  /** From now on every change is flushed at once; resolves when nothing is left. */
  finish(): Promise<void>;
}

/** `flush` must handle its own failures. */
export function createFlusher(clock: Clock, everyMs: number, flush: () => Promise<void>): Flusher {
  let loop: Promise<void> | null = null;
  let dirty = false;
  let finishing = false;
  let wake = new AbortController();

  const run = async (): Promise<void> => {
    while (dirty) {
      wake = new AbortController();
      if (!finishing) await clock.sleep(everyMs, wake.signal);
      dirty = false;
      await flush();
    }
    loop = null;
  };

  return {
    touch() {
      dirty = true;
      loop ??= run();
    },
    hurry: () => wake.abort(),
    async finish() {
      finishing = true;
      wake.abort();
      while (loop !== null) await loop;
    },
  };
}
