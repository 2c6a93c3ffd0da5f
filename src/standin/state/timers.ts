import type { StandinClock } from '../dependencies.ts';

export type Timers = ReturnType<typeof createTimers>;

/** Named deadlines. Setting a name again replaces its deadline; `stop` forgets them all. */
export function createTimers(clock: StandinClock) {
  const running = new Map<string, AbortController>();
  let stopped = false;

  function clear(name: string): void {
    running.get(name)?.abort();
    running.delete(name);
  }

  return {
    clear,
    set(name: string, ms: number, action: () => void): void {
      clear(name);
      if (stopped) return;
      const controller = new AbortController();
      running.set(name, controller);
      void clock.sleep(ms, controller.signal).then(() => {
        if (controller.signal.aborted) return;
        running.delete(name);
        action();
      });
    },
    stop(): void {
      stopped = true;
      for (const name of [...running.keys()]) clear(name);
    },
  };
}
