/** How many containers a pool has in each part of their life; draining ones no longer count. */
export interface PoolCounts {
  readonly creating: number;
  readonly warm: number;
  /** Reserved or busy: one per runner. */
  readonly taken: number;
  /** Claims that wait for a container. */
  readonly waiting: number;
}

export interface PoolSize {
  /** Warm containers kept ready beside the taken ones. */
  readonly minIdle: number;
  /** Most containers, warm ones included. */
  readonly max: number;
}

export interface PoolPlan {
  /** Containers to start making now. */
  readonly create: number;
  /** Warm containers to destroy now. */
  readonly retire: number;
}

/**
 * What a pool needs now: a container for every waiting claim and `minIdle` beside them, but never
 * more than `max` in all. Containers under way count as if they were there already.
 */
export function planPool(size: PoolSize, counts: PoolCounts): PoolPlan {
  const { creating, warm, taken, waiting } = counts;
  const coming = creating + warm;
  const wanted = Math.min(waiting + size.minIdle, Math.max(0, size.max - taken));
  return {
    create: Math.max(0, wanted - coming),
    retire: Math.min(warm, Math.max(0, coming - wanted)),
  };
}

/** Whether one more claim can ever be served without another being released. */
export const hasRoom = (size: PoolSize, counts: PoolCounts): boolean =>
  counts.taken + counts.waiting < size.max;

/** Wait before a pool makes the next container after so many failures in a row. */
export const creationBackOffMs = (failures: number): number =>
  failures === 0 ? 0 : Math.min(30_000, 1_000 * 2 ** (failures - 1));
