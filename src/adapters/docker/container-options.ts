import type Dockerode from 'dockerode';
import type { HardeningSwitches } from '../../domain/hardening.ts';
import type { ContainerSpec } from '../../ports/container-engine.ts';
import { CONTAINER_PATHS } from './engine-layout.ts';
import type { StandinAccess } from './engine-standin.ts';
import strictSeccomp from './seccomp-strict.json' with { type: 'json' };

/** Where a container is in its network. */
export interface NetworkPlace {
  /** Null: whichever is free. */
  readonly address: string | null;
  /** Who answers names; none: whoever answers the machine's own. */
  readonly dns: readonly string[];
}

/** All that decides what a pool's container is made of. */
export interface ContainerParts {
  /** Of the container and of its network. */
  readonly name: string;
  readonly spec: ContainerSpec;
  readonly labels: Readonly<Record<string, string>>;
  /** The hardening in force. */
  readonly switches: HardeningSwitches;
  readonly externals: Dockerode.MountSettings | null;
  readonly standin: StandinAccess;
  readonly place: NetworkPlace;
}

const MIB = 1024 * 1024;
const MICRO = 1_000_000;
const TEMPORARY_MB = 256;

/** The engine's options of a pool's container: it idles until a job comes. */
export function containerOptions(parts: ContainerParts): Dockerode.ContainerCreateOptions {
  const { name, spec, labels, switches, standin, place } = parts;
  return {
    name,
    Image: spec.image,
    // Only the idle process. With another user here, no-new-privileges would leave root commands of
    // the hub without any capability; steps name their user themselves.
    User: switches.nonRoot ? spec.user : '0:0',
    // Idles in any image that has a `tail`; the image's own entry point must not run.
    Entrypoint: ['tail'],
    Cmd: ['-f', '/dev/null'],
    WorkingDir: '/',
    Labels: { ...labels },
    Env: [...standin.env],
    ...(place.address === null ? {} : atAddress(name, place.address)),
    HostConfig: {
      ...confinementOf(switches),
      ...limitsOf(spec),
      ExtraHosts: [...standin.extraHosts],
      NetworkMode: name,
      ...(place.dns.length === 0 ? {} : namesFrom(place.dns)),
      Init: true,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'none', Config: {} },
      IpcMode: 'private',
      Mounts: mountsOf(parts),
    },
  };
}

/** Without search domains a refused name stays the name that was asked for. Nobody to ask ends soon. */
const namesFrom = (dns: readonly string[]): Dockerode.HostConfig => ({
  Dns: [...dns],
  DnsSearch: ['.'],
  DnsOptions: ['timeout:1', 'attempts:2'],
});

const atAddress = (
  network: string,
  address: string,
): Pick<Dockerode.ContainerCreateOptions, 'NetworkingConfig'> => ({
  NetworkingConfig: {
    EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } },
  },
});

function confinementOf(switches: HardeningSwitches): Dockerode.HostConfig {
  const { noNewPrivileges, capabilities, readOnlyRoot, seccomp } = switches;
  return {
    CapDrop: ['ALL'],
    CapAdd: [...capabilities],
    SecurityOpt: [
      ...(noNewPrivileges ? ['no-new-privileges:true'] : []),
      ...(seccomp === 'strict' ? [`seccomp=${JSON.stringify(strictSeccomp)}`] : []),
    ],
    ReadonlyRootfs: readOnlyRoot,
    ...(readOnlyRoot ? { Tmpfs: TEMPORARY_FOLDERS } : {}),
  };
}

/** In memory, and counted as the job's memory. Programs may be run from them, as tools expect. */
const TEMPORARY_FOLDERS = Object.fromEntries(
  ['/tmp', '/var/tmp', '/run'].map((path) => [
    path,
    `rw,nosuid,nodev,exec,mode=1777,size=${TEMPORARY_MB}m`,
  ]),
);

/** Without each of them a job could take the whole machine. */
const limitsOf = (spec: ContainerSpec): Dockerode.HostConfig => ({
  PidsLimit: spec.pids,
  // Equal: no swap.
  Memory: spec.memoryMb * MIB,
  MemorySwap: spec.memoryMb * MIB,
  NanoCpus: spec.cpuMillis * MICRO,
  // No limit of processes per user here: the kernel would count those of all containers together.
  Ulimits: [
    { Name: 'nofile', Soft: spec.walls.nofile, Hard: spec.walls.nofile },
    { Name: 'core', Soft: 0, Hard: 0 },
  ],
});

/** On a read-only root the home is a volume, too, with the work folder in it. */
const mountsOf = ({ labels, switches, externals }: ContainerParts): Dockerode.MountSettings[] => [
  ownVolume(labels, switches.readOnlyRoot ? CONTAINER_PATHS.home : CONTAINER_PATHS.work),
  ...(externals === null ? [] : [externals]),
];

/** Without a name of its own, so that it goes with the container; other containers of the job share it. */
const ownVolume = (
  labels: Readonly<Record<string, string>>,
  path: string,
): Dockerode.MountSettings => ({
  Type: 'volume',
  Source: '',
  Target: path,
  VolumeOptions: { NoCopy: false, Labels: { ...labels }, DriverConfig: { Name: '', Options: {} } },
});
