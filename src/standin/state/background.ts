import { messageOf } from '../../domain/errors.ts';
import type { StandinLog } from '../dependencies.ts';

export type Background = ReturnType<typeof createBackground>;

/** Work that nobody waits for. Failures are logged; `settled` waits for all of it. */
export function createBackground(log: StandinLog) {
  const running = new Set<Promise<void>>();
  return {
    run(what: string, work: () => Promise<void>): void {
      const promise = work()
        .catch((error: unknown) =>
          log.error('background work failed', { what, error: messageOf(error) }),
        )
        .finally(() => running.delete(promise));
      running.add(promise);
    },
    isIdle: () => running.size === 0,
    async settled(): Promise<void> {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
