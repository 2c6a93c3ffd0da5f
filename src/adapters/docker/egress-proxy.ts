import { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { pack } from 'tar-stream';
import type { AllowRule, EgressNote } from '../../domain/egress.ts';
import { AppError } from '../../domain/errors.ts';
import { asking } from './engine-errors.ts';
import { EXTERNALS, LABELS } from './engine-layout.ts';
import { readLog } from './job-output.ts';
import { ownSource } from './own-sources.ts';

/** The program, below `src/`; node runs it as it is. */
const FILES = [
  'domain/egress.ts',
  'egress/dns-answer.ts',
  'egress/dns-server.ts',
  'egress/gate.ts',
  'egress/main.ts',
  'egress/server-name.ts',
  'egress/tunnels.ts',
  'egress/web-server.ts',
];
const HOME = '/opt/runnerhub/egress';
const PART = 'egress';
const MIB = 1024 * 1024;

export interface ProxyPlace {
  /** Of the unit and of its network. */
  readonly unit: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The node runtimes; without them there is no proxy. */
  readonly externals: Dockerode.MountSettings | null;
  /** The network that leads outside. */
  readonly outside: string;
  /** The proxy's own address in the job's network. */
  readonly address: string;
  readonly rules: readonly AllowRule[];
  readonly learns: boolean;
}

/**
 * Starts the only neighbour of a job whose egress is limited: one foot in the job's network, one
 * outside. It carries the unit's labels and goes with it; when it dies, nothing gets out any more.
 */
export async function startEgressProxy(docker: Dockerode, place: ProxyPlace): Promise<void> {
  const what = 'starting the proxy of a network';
  if (place.externals === null) {
    throw new AppError(
      'docker-failed',
      `${what}: this machine has no node for the image's processor`,
    );
  }
  const container = await asking(what, () => docker.createContainer(proxyOptions(place)));
  const connect = docker.getNetwork(place.unit).connect({
    Container: container.id,
    EndpointConfig: { IPAMConfig: { IPv4Address: place.address } },
  });
  await asking(what, () => Promise.all([connect, container.putArchive(program(), { path: '/' })]));
  await asking(what, () => container.start());
}

const proxyOptions = (place: ProxyPlace): Dockerode.ContainerCreateOptions => ({
  name: `${place.unit}-${PART}`,
  Image: place.image,
  Labels: { ...place.labels, [LABELS.part]: PART },
  User: '65534:65534',
  WorkingDir: '/',
  Entrypoint: [`${EXTERNALS}/node24/bin/node`],
  Cmd: [
    '--disable-warning=ExperimentalWarning',
    `${HOME}/egress/main.ts`,
    JSON.stringify({ address: place.address, rules: place.rules, learns: place.learns }),
  ],
  HostConfig: {
    NetworkMode: place.outside,
    Mounts: place.externals === null ? [] : [place.externals],
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    // It has two networks, but is no way from one to the other.
    Sysctls: { 'net.ipv4.ip_forward': '0', 'net.ipv4.ip_unprivileged_port_start': '0' },
    Init: true,
    PidsLimit: 64,
    Memory: 128 * MIB,
    MemorySwap: 128 * MIB,
    NanoCpus: 500_000_000,
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    IpcMode: 'private',
  },
});

function program(): Readable {
  const archive = pack();
  for (const file of FILES) {
    archive.entry({ name: `${HOME.slice(1)}/${file}`, mode: 0o644 }, ownSource(file));
  }
  archive.finalize();
  return Readable.from(archive);
}

/** What the proxy of a unit has noted so far; nothing where there is none. */
export async function readEgressNotes(
  docker: Dockerode,
  unit: string,
): Promise<readonly EgressNote[]> {
  const filters = { label: [`${LABELS.unit}=${unit}`, `${LABELS.part}=${PART}`] };
  const [proxy] = await asking('looking for the proxy of a network', () =>
    docker.listContainers({ all: true, filters }),
  );
  if (proxy === undefined) return [];
  const lines = (await readLog(docker.getContainer(proxy.Id))).split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as EgressNote);
}
