interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

/**
 * Time that stands still until it is moved. Moving it wakes sleepers in the order in which they are
 * due; each finds its own instant on the clock, and what it does is over before the next one wakes.
 */
export function createManualTime(start: number) {
  let now = start;
  let moving: Promise<void> = Promise.resolve();
  const sleepers = new Set<Sleeper>();

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { dueAt: now + Math.max(0, ms), wake };
      signal?.addEventListener('abort', wake, { once: true });
      sleepers.add(sleeper);
      // Nobody need move the time for a sleep of no length.
      if (ms <= 0) setImmediate(wake);
    });
  }

  /** The next instant up to `limit` at which somebody wakes. */
  function nextInstant(limit: number): number | null {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of sleepers) next = Math.min(next, dueAt);
    return next <= limit ? next : null;
  }

  async function move(to: number, settle: () => Promise<void>): Promise<void> {
    for (let next = nextInstant(to); next !== null; next = nextInstant(to)) {
      now = Math.max(now, next);
      for (const sleeper of [...sleepers]) if (sleeper.dueAt <= now) sleeper.wake();
      await settle();
    }
    now = Math.max(now, to);
    await settle();
  }

  return {
    now: (): number => now,
    sleep,
    resumeFrom(at: number): void {
      now = Math.max(now, at);
    },
    /** Moves the time; calls at the same time move it one after the other. It never goes back. */
    advanceTo(to: number, settle: () => Promise<void>): Promise<void> {
      const moved = moving.then(() => move(to, settle));
      moving = moved.catch(() => undefined);
      return moved;
    },
  };
}
