import type Dockerode from 'dockerode';
import type { ContainerOptions, HealthOptions } from '../../actions/container-options.ts';
import type { ContainerWish, VolumeWish } from '../../actions/container-wish.ts';
import { ACTION_PATHS, type Forward, type ImageRun } from '../../ports/job-containers.ts';
import type { HostPaths } from '../../ports/step-host.ts';
import { EXTERNALS, LABELS } from './engine-layout.ts';
import { FORWARDER } from './job-forwarder.ts';

type Create = Dockerode.ContainerCreateOptions;
type Ulimit = Dockerode.Ulimit;

/** What all containers of a job have in common with its unit. */
export interface Shared {
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: Dockerode.HostConfig;
  /** How git finds a stand-in on this machine; nothing with GitHub itself. */
  readonly gitConfig: Readonly<Record<string, string>>;
  /** Where the folders are in the unit. */
  readonly paths: HostPaths;
  /** Where the engine has the content of `paths.work`. */
  readonly workFolder: string;
  readonly externalsVolume: string | null;
}

/** The steps' container: idles, with the job's folders where the official runner has them (protocol G.15). */
export function jobContainer(shared: Shared, name: string, wish: ContainerWish): Create {
  const below = (path: string) => `${shared.workFolder}${path}`;
  const base = wished(shared, name, 'container', wish);
  return {
    ...base,
    Entrypoint: ['tail'],
    Cmd: ['-f', '/dev/null'],
    HostConfig: {
      ...base.HostConfig,
      Binds: [
        `${below('')}:/__w`,
        `${below('/_tool')}:/__t`,
        `${below('/_temp/_github_home')}:${ACTION_PATHS.home}`,
        `${below('/_temp/_github_workflow')}:${ACTION_PATHS.workflow}`,
      ],
      Mounts: [...(base.HostConfig?.Mounts ?? []), ...externals(shared)],
    },
  };
}

const externals = ({ externalsVolume }: Shared): Dockerode.MountSettings[] =>
  externalsVolume === null ? [] : [volume(externalsVolume, '/__e', true)];

/** A service keeps its own entry point and command. */
export const service = (shared: Shared, name: string, alias: string, wish: ContainerWish): Create =>
  withAliases(shared, wished(shared, name, 'service', wish), [alias, ...wish.options.aliases]);

const withAliases = (shared: Shared, options: Create, aliases: string[]): Create => ({
  ...options,
  NetworkingConfig: { EndpointsConfig: { [shared.network]: { Aliases: aliases } } },
});

/** One stage of a Docker action (protocol F.5). */
export function actionContainer(shared: Shared, name: string, run: ImageRun): Create {
  const temp = `${shared.workFolder}/_temp`;
  const workspace = run.workspace.replace(/^(\/__w|.*\/_work)(?=\/)/, shared.workFolder);
  return {
    ...base(shared, name, 'action'),
    Image: run.image,
    WorkingDir: ACTION_PATHS.workspace,
    Env: Object.entries({ ...shared.gitConfig, ...run.env }).map(
      ([key, value]) => `${key}=${value}`,
    ),
    AttachStdout: true,
    AttachStderr: true,
    ...(run.entrypoint === undefined ? {} : { Entrypoint: [run.entrypoint] }),
    ...(run.args === undefined ? {} : { Cmd: [...run.args] }),
    HostConfig: {
      ...confinement(shared),
      LogConfig: { Type: 'none', Config: {} },
      Binds: [
        `${workspace}:${ACTION_PATHS.workspace}`,
        `${temp}:${ACTION_PATHS.temp}`,
        `${temp}/_github_home:${ACTION_PATHS.home}`,
        `${temp}/_github_workflow:${ACTION_PATHS.workflow}`,
        `${temp}/_runner_file_commands:${ACTION_PATHS.fileCommands}`,
      ],
    },
  };
}

/** A program in the unit's own network that hands connections on to services. */
export function forwarder(
  shared: Shared,
  unit: Dockerode.ContainerInspectInfo,
  name: string,
  forwards: readonly Forward[],
): Create {
  return {
    ...base(shared, name, 'forwarder'),
    Image: unit.Image,
    User: '65534:65534',
    Entrypoint: [`${EXTERNALS}/node24/bin/node`],
    Cmd: ['-e', FORWARDER, JSON.stringify(forwards)],
    HostConfig: {
      ...confinement(shared),
      NetworkMode: `container:${unit.Id}`,
      CapAdd: [],
      ReadonlyRootfs: true,
      LogConfig: { Type: 'none', Config: {} },
      ExtraHosts: [],
      Mounts:
        shared.externalsVolume === null ? [] : [volume(shared.externalsVolume, EXTERNALS, true)],
    },
  };
}

const base = (shared: Shared, name: string, part: string): Create => ({
  name,
  Labels: { ...shared.labels, [LABELS.part]: part },
});

/** As for the unit itself: its capabilities, filter of system calls and limits. */
const confinement = ({ network, limits }: Shared): Dockerode.HostConfig => ({
  NetworkMode: network,
  ExtraHosts: limits.ExtraHosts ?? [],
  Dns: limits.Dns ?? [],
  DnsSearch: limits.DnsSearch ?? [],
  DnsOptions: limits.DnsOptions ?? [],
  CapDrop: ['ALL'],
  CapAdd: limits.CapAdd ?? [],
  SecurityOpt: limits.SecurityOpt ?? [],
  Ulimits: limits.Ulimits ?? [],
  Init: true,
  ...(limits.PidsLimit ? { PidsLimit: limits.PidsLimit } : {}),
  ...(limits.Memory ? { Memory: limits.Memory, MemorySwap: limits.Memory } : {}),
  ...(limits.NanoCpus ? { NanoCpus: limits.NanoCpus } : {}),
  RestartPolicy: { Name: 'no' },
  LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
  IpcMode: 'private',
});

/** A container that the workflow describes. */
function wished(shared: Shared, name: string, part: string, wish: ContainerWish): Create {
  const { options } = wish;
  const env = {
    ...shared.gitConfig,
    ...wish.env,
    ...options.env,
    GITHUB_ACTIONS: 'true',
    CI: 'true',
  };
  return {
    ...base(shared, name, part),
    Image: wish.image,
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...options.labels, ...base(shared, name, part).Labels },
    ...(options.user === undefined ? {} : { User: options.user }),
    ...(options.hostname === undefined ? {} : { Hostname: options.hostname }),
    ...(options.workdir === undefined ? {} : { WorkingDir: options.workdir }),
    ...(options.entrypoint === undefined ? {} : { Entrypoint: [options.entrypoint] }),
    ...(options.stopSignal === undefined ? {} : { StopSignal: options.stopSignal }),
    Tty: options.tty ?? false,
    OpenStdin: options.stdin ?? false,
    ...healthOf(options.health),
    HostConfig: {
      ...confinement(shared),
      ...sizes(shared, options),
      ReadonlyRootfs: options.readOnly ?? false,
      Tmpfs: options.tmpfs,
      ...(options.dns.length === 0 ? {} : { Dns: options.dns }),
      Ulimits: ulimits(shared, options),
      ExtraHosts: [...(shared.limits.ExtraHosts ?? []), ...options.extraHosts],
      Mounts: wish.volumes.map((each) => wishedVolume(shared, each)),
    },
  };
}

/** The pool's limits are the most that a job may ask for. */
function sizes({ limits }: Shared, { cpus, memoryBytes, shmBytes }: ContainerOptions) {
  const memory = Math.min(memoryBytes ?? Infinity, limits.Memory || Infinity);
  const nano = Math.min((cpus ?? Infinity) * 1e9, limits.NanoCpus || Infinity);
  return {
    ...(Number.isFinite(memory) ? { Memory: memory, MemorySwap: memory } : {}),
    ...(Number.isFinite(nano) ? { NanoCpus: Math.round(nano) } : {}),
    ...(shmBytes === undefined ? {} : { ShmSize: shmBytes }),
  };
}

/** What the job asks for, within what the pool allows. */
function ulimits({ limits }: Shared, { ulimits: wanted }: ContainerOptions): Ulimit[] {
  const most = new Map((limits.Ulimits ?? []).map((each: Ulimit) => [each.Name, each]));
  const within = wanted.map(({ Name, Soft, Hard }) => {
    const limit = most.get(Name)?.Hard ?? Infinity;
    most.delete(Name);
    return { Name, Soft: Math.min(Soft, limit), Hard: Math.min(Hard, limit) };
  });
  return [...within, ...most.values()];
}

const NANOSECONDS = 1_000_000;

/** Nothing where the workflow says nothing: the image's own check counts. */
function healthOf(health: HealthOptions): Pick<Create, 'Healthcheck'> {
  if (health.off === true) return { Healthcheck: { Test: ['NONE'] } };
  if (Object.keys(health).length === 0) return {};
  const time = (ms: number | undefined) => (ms === undefined ? 0 : ms * NANOSECONDS);
  return {
    Healthcheck: {
      ...(health.command === undefined ? {} : { Test: ['CMD-SHELL', health.command] }),
      Interval: time(health.interval),
      Timeout: time(health.timeout),
      StartPeriod: time(health.startPeriod),
      Retries: health.retries ?? 0,
    },
  };
}

/** A name means a volume of this job: two jobs never share one. */
const wishedVolume = (
  { network }: Shared,
  { name, path, readOnly }: VolumeWish,
): Dockerode.MountSettings => volume(name === null ? '' : `${network}-${name}`, path, readOnly);

const volume = (source: string, target: string, readOnly: boolean): Dockerode.MountSettings => ({
  Type: 'volume',
  Source: source,
  Target: target,
  ReadOnly: readOnly,
});
