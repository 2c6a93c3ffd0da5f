import type { PoolName } from '../domain/ids.ts';
import type { Fleet } from './fleet.ts';
import type { Hosts } from './fleet-hosts.ts';

export interface RoomGateDeps {
  readonly fleet: Pick<Fleet, 'demandRoom'>;
  readonly hosts: Pick<Hosts, 'listen'>;
  /** A pool that was refused has room now. */
  readonly roomCame: (pool: PoolName) => void;
}

export interface RoomGate {
  /** Throws `host-full` or `docker-down` where no host takes a container of the pool now. */
  pass(pool: PoolName): void;
}

/**
 * Keeps runners from being started for which no host has room, and says when there is: jobs that were
 * told to wait need not ask again and again.
 */
export function createRoomGate({ fleet, hosts, roomCame }: RoomGateDeps): RoomGate {
  const refused = new Set<PoolName>();
  const hasRoom = (pool: PoolName): boolean => {
    try {
      fleet.demandRoom(pool);
      return true;
    } catch {
      return false;
    }
  };
  hosts.listen({
    lost: () => undefined,
    changed() {
      for (const pool of [...refused].filter(hasRoom)) {
        refused.delete(pool);
        roomCame(pool);
      }
    },
  });
  return {
    pass(pool) {
      refused.add(pool);
      fleet.demandRoom(pool);
      refused.delete(pool);
    },
  };
}
