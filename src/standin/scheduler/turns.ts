import type { Run } from '../state/model.ts';

export type Turns = ReturnType<typeof createTurns>;

/**
 * Who changes a run at the moment. What several jobs of one run do to each other happens in one turn,
 * with no move of the run between one and the next.
 */
export function createTurns() {
  const taken = new Set<Run>();
  return {
    isTaken: (run: Run): boolean => taken.has(run),
    /** Runs an action in its own turn, or in the one that is being taken already. */
    take(run: Run, action: () => void): void {
      const outermost = !taken.has(run);
      taken.add(run);
      try {
        action();
      } finally {
        if (outermost) taken.delete(run);
      }
    },
  };
}
