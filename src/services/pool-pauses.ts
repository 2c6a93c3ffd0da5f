import type { PoolName } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';

export interface PoolPauses {
  /** A runner of the pool could not be made or kept: the pool rests, longer each time. */
  failed(pool: PoolName): void;
  /** A runner of the pool worked. */
  worked(pool: PoolName): void;
  /** How long the pool rests still; 0 when it does not. */
  leftMs(pool: PoolName): number;
}

interface Pause {
  readonly failures: number;
  readonly until: number;
}

/** Keeps a pool whose runners fail (no Docker, no GitHub) from making one after the other. */
export function createPoolPauses(
  clock: Clock,
  { firstMs, lastMs }: { readonly firstMs: number; readonly lastMs: number },
): PoolPauses {
  const pauses = new Map<PoolName, Pause>();
  return {
    failed: (pool) => {
      const failures = (pauses.get(pool)?.failures ?? 0) + 1;
      const pauseMs = Math.min(firstMs * 2 ** (failures - 1), lastMs);
      pauses.set(pool, { failures, until: clock.now() + pauseMs });
    },
    worked: (pool) => {
      pauses.delete(pool);
    },
    leftMs: (pool) => Math.max(0, (pauses.get(pool)?.until ?? 0) - clock.now()),
  };
}
