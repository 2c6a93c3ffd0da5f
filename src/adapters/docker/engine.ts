import type Dockerode from 'dockerode';
import {
  type ContainerId,
  containerId,
  type InstallationId,
  type InstanceId,
  installationId,
  poolName,
} from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerEngine, EngineInfo, OwnedContainer } from '../../ports/container-engine.ts';
import type { UnitHost } from '../../ports/job-containers.ts';
import type { Log } from '../../ports/log.ts';
import type { HostPaths } from '../../ports/step-host.ts';
import { adoptUnit } from './engine-adopt.ts';
import { type CreateDeps, createUnit, removeUnit } from './engine-create.ts';
import { asking, statusOf, tolerating } from './engine-errors.ts';
import { createExternals } from './engine-externals.ts';
import { createFolderMaker } from './engine-folders.ts';
import { CONTAINER_PATHS, LABELS } from './engine-layout.ts';
import { createLimiter } from './engine-limiter.ts';
import { createEngineLink, type EngineAddress } from './engine-link.ts';
import { createNetworks, labelFilter, type Networks } from './engine-networks.ts';
import { ownerOf } from './engine-owner.ts';
import { standinPlace } from './engine-standin.ts';
import { parseCidr } from './engine-subnets.ts';
import { createTraitsReader } from './engine-traits.ts';
import { readUsage } from './engine-usage.ts';
import { EndWatcher } from './engine-watch.ts';
import { createHostGuard } from './host-guard.ts';
import { removeParts } from './job-parts.ts';

export interface StepHostPlace {
  readonly docker: Dockerode;
  readonly id: ContainerId;
  /** As named at `create`. */
  readonly image: string;
  /** User that steps run as. */
  readonly user: string;
  readonly paths: HostPaths;
}

export interface DockerEngineDeps {
  readonly address: EngineAddress;
  readonly clock: Clock;
  readonly log: Log;
  /** The `node_modules` folder of `runtimes/`; what is not installed is not offered to jobs. */
  readonly runtimesFolder: string;
  /** `ADDRESS:PORT` of the GitHub stand-in that the hub works for, if it does. */
  readonly standin?: string | undefined;
  readonly openStepHost: (place: StepHostPlace) => Promise<UnitHost>;
}

export interface DockerEngineNumbers {
  /** Where the subnets of job networks come from. */
  readonly subnets: string;
  /** More at once does not make an engine faster (measured: 4 to 50 take the same time). */
  readonly parallelCreates: number;
  /** The network through which proxies of jobs lead outside. */
  readonly outside: string;
}

const DEFAULTS: DockerEngineNumbers = {
  subnets: '10.201.0.0/16',
  parallelCreates: 4,
  outside: 'bridge',
};

/** One Docker Engine behind the port. */
export function createDockerEngine(
  deps: DockerEngineDeps,
  numbers: Partial<DockerEngineNumbers> = {},
): ContainerEngine {
  const { subnets, parallelCreates, outside } = { ...DEFAULTS, ...numbers };
  const range = parseCidr(subnets);
  if (range === null) throw new TypeError(`no IPv4 range: ${subnets}`);
  const { clock, log } = deps;
  const link = createEngineLink(deps.address);
  const { docker, patient, pinger } = link;
  const networks = createNetworks(docker, clock, range);
  const externals = createExternals({ docker, clock, log, runtimesFolder: deps.runtimesFolder });
  const creating: CreateDeps = {
    ...{ docker, networks, externals, clock, log },
    standin: standinPlace(deps.standin),
    outside,
    makeFolders: createFolderMaker(),
    traits: createTraitsReader(docker, clock),
    guard: createHostGuard({ docker, clock, log, standin: standinPlace(deps.standin) }),
  };
  const limited = createLimiter(parallelCreates);
  const watcher = new EndWatcher({ docker: patient, pinger, clock, log });
  const units = new Map<string, string>();
  let making = 0;
  const restWithoutUnits = async (): Promise<void> => {
    if (units.size === 0 && making === 0) await creating.guard.rest();
  };

  return {
    info: () => readInfo(docker),
    ping: async () => void (await asking('asking the engine', () => pinger.ping())),
    usage: (installation) => readUsage(docker, installation, 'socketPath' in deps.address),
    sever: (why) => link.sever(why),
    imageId: (name) => readImageId(docker, name),
    async create(spec) {
      making += 1;
      try {
        const unit = await limited(() => createUnit(creating, spec));
        units.set(unit.id, unit.name);
        return containerId(unit.id);
      } finally {
        making -= 1;
        await restWithoutUnits();
      }
    },
    async adopt(id, from, spec) {
      const unit = await unitOf(docker, id);
      if (unit === null || !(await adoptUnit(creating, id, from, spec))) return false;
      units.set(id, unit);
      return true;
    },
    async open(id) {
      const { Config } = await asking('opening a container', () =>
        docker.getContainer(id).inspect(),
      );
      const user = Config.Labels[LABELS.user] ?? Config.User;
      const place = { docker: patient, id, image: Config.Image, user };
      return deps.openStepHost({ ...place, paths: CONTAINER_PATHS });
    },
    async destroy(id) {
      watcher.forget(id);
      const unit = units.get(id) ?? (await unitOf(docker, id));
      await removeUnit(creating, id, unit);
      units.delete(id);
      await restWithoutUnits();
    },
    owned: (installation) => listOwned(docker, installation),
    sweep: (installation, living) => sweep(docker, networks, installation, living),
    watch: (id, onEnd) => watcher.watch(id, onEnd),
  };
}

async function readInfo(docker: Dockerode): Promise<EngineInfo> {
  const info = await asking('asking the engine', () => docker.info());
  return {
    version: String(info.ServerVersion),
    cpus: Number(info.NCPU),
    memoryMb: Math.floor(Number(info.MemTotal) / (1024 * 1024)),
    runtimes: Object.keys(info.Runtimes ?? {}),
  };
}

async function readImageId(docker: Dockerode, name: string): Promise<string | null> {
  return asking('looking for the image', async () => {
    try {
      return (await docker.getImage(name).inspect()).Id;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  });
}

/** The name of the container's network; null when the container is gone (then `sweep` finds it). */
async function unitOf(docker: Dockerode, id: ContainerId): Promise<string | null> {
  return asking('looking for a container', async () => {
    try {
      const { Config } = await docker.getContainer(id).inspect();
      return Config.Labels[LABELS.unit] ?? null;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  });
}

const listLabelled = (
  docker: Dockerode,
  installation: InstallationId,
): Promise<Dockerode.ContainerInfo[]> =>
  asking('listing containers', () =>
    docker.listContainers({ all: true, filters: { label: [labelFilter(installation)] } }),
  );

async function listOwned(
  docker: Dockerode,
  installation: InstallationId,
): Promise<OwnedContainer[]> {
  const containers = await listLabelled(docker, installation);
  const units = containers.filter(({ Labels }) => Labels[LABELS.part] === undefined);
  return units.map(({ Id, Labels, Names, State }) => ({
    id: containerId(Id),
    installation: installationId(Labels[LABELS.installation] ?? ''),
    instance: ownerOf(Names[0] ?? '', Labels),
    pool: poolName(Labels[LABELS.pool] ?? ''),
    state: State === 'running' ? 'running' : 'stopped',
    createdAt: Labels[LABELS.createdAt] ?? '',
  }));
}

async function sweep(
  docker: Dockerode,
  networks: Networks,
  installation: InstallationId,
  living: readonly InstanceId[],
): Promise<number> {
  const label = labelFilter(installation);
  const orphans = (await networks.labelled(label)).filter(
    ({ labels }) => !living.some((instance) => instance === labels[LABELS.instance]),
  );
  // After the networks: a container that came in between is then seen.
  const used = new Set(
    (await listLabelled(docker, installation)).map((c) => c.Labels[LABELS.unit]),
  );
  let removed = 0;
  for (const { name, labels } of orphans) {
    if (!used.has(labels[LABELS.unit]) && (await networks.remove(name))) removed += 1;
  }
  await removeParts(docker, label, living);
  return removed + (await sweepVolumes(docker, label, living));
}

async function sweepVolumes(
  docker: Dockerode,
  label: string,
  living: readonly InstanceId[],
): Promise<number> {
  const { Volumes } = await asking('listing volumes', () =>
    docker.listVolumes({ filters: { label: [label] } }),
  );
  let removed = 0;
  for (const volume of Volumes ?? []) {
    if (living.some((instance) => instance === volume.Labels?.[LABELS.instance])) continue;
    // 409: a container uses it.
    const gone = await tolerating('removing a volume', [404, 409], () =>
      docker.getVolume(volume.Name).remove(),
    );
    if (gone) removed += 1;
  }
  return removed;
}
