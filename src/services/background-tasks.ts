/** Counts promises that nobody awaits, so that stopping can wait until there are none. */
export interface BackgroundTasks {
  /** `task` must handle its own failures; one that rejects all the same goes to `onBug`. */
  run(task: () => Promise<void>): void;
  readonly count: number;
  /** Resolves when nothing runs, also counting what was started meanwhile. */
  settled(): Promise<void>;
}

export function createBackgroundTasks(onBug: (error: unknown) => void): BackgroundTasks {
  const running = new Set<Promise<void>>();
  return {
    run(task) {
      const promise = task()
        .catch(onBug)
        .finally(() => running.delete(promise));
      running.add(promise);
    },
    get count() {
      return running.size;
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
