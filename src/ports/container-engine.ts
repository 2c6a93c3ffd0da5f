import type { PoolWalls } from '../contract/pool-walls.ts';
import type { ContainerId, InstallationId, InstanceId, PoolName } from '../domain/ids.ts';
import type { UnitHost } from './job-containers.ts';

/** What a pool's container is made of. Sizes are limits; each must be set. */
export interface ContainerSpec {
  readonly installation: InstallationId;
  /** The hub process that makes and drives it; when that one is dead, anybody may remove it. */
  readonly instance: InstanceId;
  readonly pool: PoolName;
  readonly image: string;
  /** Thousandths of a CPU. */
  readonly cpuMillis: number;
  readonly memoryMb: number;
  readonly pids: number;
  /** User that steps run as: a name or `uid:gid` of the image. */
  readonly user: string;
  /** What stands between the job and everything else. */
  readonly walls: PoolWalls;
}

export interface OwnedContainer {
  readonly id: ContainerId;
  readonly installation: InstallationId;
  /** Whose it is: of those who took it over the last, else of who made it. */
  readonly instance: InstanceId;
  readonly pool: PoolName;
  readonly state: 'running' | 'stopped';
  readonly createdAt: string;
}

export interface EngineInfo {
  readonly version: string;
  readonly cpus: number;
  readonly memoryMb: number;
  /** Names of the OCI runtimes that containers may ask for. */
  readonly runtimes: readonly string[];
}

/** What is left on an engine's machine, in MiB; null for what nobody there could tell. */
export interface EngineUsage {
  /** Where images, containers and volumes are. */
  readonly freeDiskMb: number | null;
  readonly freeMemoryMb: number | null;
}

/**
 * One Docker Engine. Everything it creates (container, network, volume) carries the labels
 * `com.runnerhub.installation`, `com.runnerhub.instance`, `com.runnerhub.pool` and
 * `com.runnerhub.created-at`.
 *
 * Throws `AppError`: `docker-down` when the engine does not answer, `image-missing`, `docker-failed`.
 */
export interface ContainerEngine {
  info(): Promise<EngineInfo>;
  /** Throws `docker-down` when no answer comes within 3 s. */
  ping(): Promise<void>;
  /**
   * Measures this machine, or, where the engine is on another one, asks a running container of the
   * installation there; without one, nothing is known.
   */
  usage(installation: InstallationId): Promise<EngineUsage>;
  /**
   * Breaks every connection: calls and streams under way fail now with `docker-down`. For a host that
   * does not answer any more; later calls connect anew.
   */
  sever(why: string): void;
  /** The image's id, or null when the engine does not have it. */
  imageId(name: string): Promise<string | null>;
  /**
   * Makes a container with its own network, starts it and prepares its folders. A failure leaves
   * nothing behind. That commands run in it is shown by `open`.
   */
  create(spec: ContainerSpec): Promise<ContainerId>;
  /**
   * Takes over a container that `from`, which is dead, had made: true when it runs and is what `spec`
   * makes now, and then it belongs to the instance of `spec`. False leaves it as it is. No two hubs
   * may try at once.
   */
  adopt(id: ContainerId, from: InstanceId, spec: ContainerSpec): Promise<boolean>;
  /** Opens a created container for the steps of one job. */
  open(id: ContainerId): Promise<UnitHost>;
  /** Ends the container at once and removes it with its network and volumes. Repeatable. */
  destroy(id: ContainerId): Promise<void>;
  /** Every container of this installation. */
  owned(installation: InstallationId): Promise<readonly OwnedContainer[]>;
  /**
   * Removes networks and volumes of this installation that no container uses, unless a living
   * instance made them (it may be about to use them); says how many.
   */
  sweep(installation: InstallationId, living: readonly InstanceId[]): Promise<number>;
  /**
   * Calls `onEnd` once when the container ends for any reason but `destroy`; dispose to stop. An
   * engine that went away tells nothing; what ended meanwhile is told when it is back.
   */
  watch(id: ContainerId, onEnd: (why: string) => void): Disposable;
}
