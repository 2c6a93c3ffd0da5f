import type { PoolConfig } from '../contract/pool-config.ts';
import { AppError } from '../domain/errors.ts';
import { type ContainerId, type HostName, type PoolName, poolName } from '../domain/ids.ts';
import type { OwnedContainer } from '../ports/container-engine.ts';
import type { ClaimedContainer, FleetDeps, PoolStatus } from './fleet-types.ts';
import { PoolKeeper, type PoolNeighbours } from './pool-keeper.ts';

/** The containers of this hub process, by pool. A container that was claimed is never used again. */
export interface Fleet {
  /** Starts to keep every pool at its size. */
  start(): void;
  /**
   * A warm container, or a new one where none is warm. Throws `conflict` when the pool is at its
   * maximum, `host-full` when no host has room, `cancelled` when the fleet stops, and what the engine
   * throws: `docker-down`, `image-missing`, `docker-failed`.
   */
  claim(pool: PoolName): Promise<ClaimedContainer>;
  /**
   * Throws what `claim` would throw now because no host takes a container of the pool: `host-full`,
   * `docker-down`.
   */
  demandRoom(pool: PoolName): void;
  /** So many warm containers are kept ready, where that is more than the pool's `minIdle`. */
  setTarget(pool: PoolName, idle: number): void;
  /** Whether it is one of this fleet, in whatever state. */
  has(container: ContainerId): boolean;
  /** Says that the claimed container runs a job now. */
  markBusy(container: ContainerId): void;
  /** Destroys a claimed container. Repeatable, never throws; unknown ones are no error. */
  release(container: ContainerId): Promise<void>;
  status(): readonly PoolStatus[];
  /**
   * Takes over a warm container of a dead instance, which has never been handed out, if its pool wants
   * one more and would make it just so. Before `start`, too. No two hubs may try at once.
   */
  adopt(host: HostName, container: OwnedContainer): Promise<boolean>;
  /**
   * Destroys everything it made and waits for it. With `keepWarm` the warm containers stay for the
   * next start: answers which.
   */
  stop(options?: { readonly keepWarm?: boolean }): Promise<ReadonlySet<ContainerId>>;
}

/** How often warm containers are looked at, and schedules followed. */
const TEND_EVERY_MS = 5_000;

export function createFleet(
  deps: FleetDeps,
  options: { readonly pools: readonly PoolConfig[] },
): Fleet {
  const keepers = new Map<PoolName, PoolKeeper>();
  const others = (self: string): PoolKeeper[] =>
    [...keepers.values()].filter(({ config }) => config.name !== self);
  for (const config of options.pools) {
    const neighbours: PoolNeighbours = {
      makeRoom: (hosts) => others(config.name).some((keeper) => keeper.giveWay(hosts)),
      canMakeRoom: (hosts) => others(config.name).some((keeper) => keeper.couldGiveWay(hosts)),
      mustYield: () => others(config.name).some((keeper) => keeper.isStarving()),
    };
    keepers.set(poolName(config.name), new PoolKeeper(deps, config, neighbours));
  }
  const keeperOf = (pool: PoolName): PoolKeeper => {
    const keeper = keepers.get(pool);
    if (keeper === undefined) throw new AppError('not-found', `there is no pool ${pool}`);
    return keeper;
  };
  const ownerOf = (container: ContainerId): PoolKeeper | undefined =>
    [...keepers.values()].find((keeper) => keeper.has(container));
  const all = (act: (keeper: PoolKeeper) => void): void => {
    // Those with waiting claims first: room that has come free is theirs.
    const sorted = [...keepers.values()].sort(
      (left, right) => Number(right.isStarving()) - Number(left.isStarving()),
    );
    for (const keeper of sorted) act(keeper);
  };
  const stopped = new AbortController();
  const tend = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await deps.clock.sleep(TEND_EVERY_MS, stopped.signal);
      if (!stopped.signal.aborted) all((keeper) => keeper.tend());
    }
  };

  return {
    start() {
      deps.hosts.listen({
        lost: (host, why) => all((keeper) => keeper.hostLost(host, why)),
        changed: () => all((keeper) => keeper.kick()),
      });
      all((keeper) => keeper.start());
      void tend();
    },
    claim: async (pool) => keeperOf(pool).claim(),
    demandRoom(pool) {
      const refusal = keeperOf(pool).refusal();
      if (refusal !== null) throw refusal;
    },
    setTarget: (pool, idle) => keeperOf(pool).setTarget(idle),
    has: (container) => ownerOf(container) !== undefined,
    markBusy: (container) => ownerOf(container)?.markBusy(container),
    release: async (container) => ownerOf(container)?.release(container),
    status: () => [...keepers.values()].map((keeper) => keeper.status()),
    adopt: async (host, container) =>
      (await keepers.get(container.pool)?.adopt(host, container)) ?? false,
    async stop({ keepWarm = false } = {}) {
      stopped.abort();
      const kept = await Promise.all([...keepers.values()].map((keeper) => keeper.stop(keepWarm)));
      return new Set(kept.flat());
    },
  };
}
