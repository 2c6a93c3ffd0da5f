import type { Clock } from '../ports/clock.ts';

export interface Passes {
  /**
   * Resolves when a pass has ended that began after the call; rejects as that pass did. Calls that
   * come while one is under way share the next one.
   */
  request(): Promise<void>;
}

/**
 * Makes passes one after the other. A pass that took long is followed by as long a rest, so that with
 * a very long queue at most half of the time goes into planning.
 */
export function createPasses(
  pass: () => Promise<void>,
  clock: Clock,
  { quickMs }: { readonly quickMs: number },
): Passes {
  let current: Promise<void> | null = null;
  let following: Promise<void> | null = null;
  let restUntil = 0;

  const run = async (): Promise<void> => {
    const restMs = restUntil - clock.now();
    if (restMs > 0) await clock.sleep(restMs);
    const from = clock.now();
    following = null;
    try {
      await pass();
    } finally {
      const tookMs = clock.now() - from;
      restUntil = tookMs > quickMs ? clock.now() + tookMs : 0;
    }
  };
  const start = (): Promise<void> => {
    const turn = run();
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (current === settled) current = null;
      });
    current = settled;
    return turn;
  };
  return {
    request: () => {
      if (current === null) return start();
      following ??= current.then(start);
      return following;
    },
  };
}
