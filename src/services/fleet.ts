import type { PoolConfig } from '../contract/pool-config.ts';
import { AppError } from '../domain/errors.ts';
import { type ContainerId, type PoolName, poolName } from '../domain/ids.ts';
import type { ClaimedContainer, FleetDeps, PoolStatus } from './fleet-types.ts';
import { PoolKeeper } from './pool-keeper.ts';

/** The containers of this hub process, by pool. A container that was claimed is never used again. */
export interface Fleet {
  /** Starts to keep every pool at its size. */
  start(): void;
  /**
   * A warm container, or a new one where none is warm. Throws `conflict` when the pool is at its
   * maximum, `cancelled` when the fleet stops, and what the engine throws: `docker-down`,
   * `image-missing`, `docker-failed`.
   */
  claim(pool: PoolName): Promise<ClaimedContainer>;
  /** Says that the claimed container runs a job now. */
  markBusy(container: ContainerId): void;
  /** Destroys a claimed container. Repeatable, never throws; unknown ones are no error. */
  release(container: ContainerId): Promise<void>;
  status(): readonly PoolStatus[];
  /** Destroys everything it made and waits for it. */
  stop(): Promise<void>;
}

export function createFleet(
  deps: FleetDeps,
  options: { readonly pools: readonly PoolConfig[] },
): Fleet {
  const keepers = new Map(
    options.pools.map((config) => [poolName(config.name), new PoolKeeper(deps, config)]),
  );
  const ownerOf = (container: ContainerId): PoolKeeper | undefined =>
    [...keepers.values()].find((keeper) => keeper.has(container));

  return {
    start() {
      for (const keeper of keepers.values()) keeper.start();
    },
    async claim(pool) {
      const keeper = keepers.get(pool);
      if (keeper === undefined) throw new AppError('not-found', `there is no pool ${pool}`);
      return keeper.claim();
    },
    markBusy: (container) => ownerOf(container)?.markBusy(container),
    release: async (container) => ownerOf(container)?.release(container),
    status: () => [...keepers.values()].map((keeper) => keeper.status()),
    async stop() {
      await Promise.all([...keepers.values()].map((keeper) => keeper.stop()));
    },
  };
}
