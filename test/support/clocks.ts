import type { Clock } from '../../src/ports/clock.ts';

/** Real time; `factor` shortens every sleep, so that minutes of back-off pass in milliseconds. */
export function createTestClock(factor = 1): Clock {
  return {
    now: () => Date.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const end = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, ms / factor);
        signal?.addEventListener('abort', end, { once: true });
      }),
  };
}
