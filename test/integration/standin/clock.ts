import type { StandinClock } from '../../../src/standin/dependencies.ts';

/** Real time that a test can push forward: sleeps that have become due end at once. */
export class TestClock implements StandinClock {
  #offsetMs = 0;
  readonly #sleepers = new Set<{ readonly dueAt: number; readonly wake: () => void }>();

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const sleeper = { dueAt: this.now() + ms, wake: done };
      const timer = setTimeout(done, ms);
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.dueAt <= this.now()) sleeper.wake();
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }
}
