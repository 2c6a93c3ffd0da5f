import type { PoolConfig } from '../contract/pool-config.ts';
import { AppError } from '../domain/errors.ts';
import type { HostNeed } from '../domain/host.ts';
import { type HostName, type InstallationId, type InstanceId, poolName } from '../domain/ids.ts';
import { describeRefusals, type HostRefusal, type PlacementWish } from '../domain/placement.ts';
import type { ContainerSpec } from '../ports/container-engine.ts';

interface Maker {
  readonly installation: InstallationId;
  readonly instance: InstanceId;
}

/** What a container of the pool is made of. */
export function containerSpec(config: PoolConfig, maker: Maker): ContainerSpec {
  const { image, cpuMillis, memoryMb, pids, user } = config;
  const { installation, instance } = maker;
  const walls = config;
  return {
    walls,
    installation,
    instance,
    pool: poolName(config.name),
    image,
    cpuMillis,
    memoryMb,
    pids,
    user,
  };
}

export function placementWish(
  config: PoolConfig,
  resting: ReadonlyMap<HostName, string>,
): PlacementWish {
  const { name, placement, hostLabels, image } = config;
  const need: HostNeed = { cpuMillis: config.cpuMillis, memoryMb: config.memoryMb, diskMb: 0 };
  return {
    pool: name,
    need,
    strategy: placement,
    hostLabels,
    runtime: null,
    wants: [image],
    resting,
  };
}

/** What a claim is told that no host takes. */
export function refusalError(refusals: readonly HostRefusal[]): AppError {
  const detail = describeRefusals(refusals);
  const isDown = refusals.every(({ kind }) => kind === 'down');
  return new AppError(isDown ? 'docker-down' : 'host-full', detail, { retryable: true });
}
