import type { Clock } from '../ports/clock.ts';

/** Calls `flush` a while after something changed, never twice at once. */
export interface Flusher {
  /** Something changed: flush within the interval. */
  touch(): void;
  /** Flush what has changed without waiting for the interval to pass. */
  hurry(): void;
  /** From now on every change is flushed at once; resolves when nothing is left. */
  finish(): Promise<void>;
}

/** `flush` must handle its own failures. */
export function createFlusher(clock: Clock, everyMs: number, flush: () => Promise<void>): Flusher {
  let loop: Promise<void> | null = null;
  let dirty = false;
  let finishing = false;
  let hurried = false;
  let wake = new AbortController();

  const run = async (): Promise<void> => {
    while (dirty) {
      wake = new AbortController();
      if (!finishing && !hurried) await clock.sleep(everyMs, wake.signal);
      dirty = false;
      hurried = false;
      await flush();
    }
    loop = null;
  };

  return {
    touch() {
      dirty = true;
      loop ??= run();
    },
    hurry() {
      if (hurried) return;
      hurried = true; // also when a flush is under way: then the next one follows at once
      wake.abort();
    },
    async finish() {
      finishing = true;
      wake.abort();
      while (loop !== null) await loop;
    },
  };
}
