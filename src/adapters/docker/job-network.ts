import type Dockerode from 'dockerode';
import type { PoolWalls } from '../../contract/pool-walls.ts';
import { parseAllow } from '../../domain/egress.ts';
import type { ContainerSpec } from '../../ports/container-engine.ts';
import type { NetworkPlace } from './container-options.ts';
import { startEgressProxy } from './egress-proxy.ts';
import type { Networks } from './engine-networks.ts';
import {
  type StandinAccess,
  type StandinPlace,
  standinAccess,
  standinRule,
} from './engine-standin.ts';
import { addressAt, type Cidr } from './engine-subnets.ts';

export interface JobNetworkDeps {
  readonly docker: Dockerode;
  readonly networks: Networks;
  readonly standin: StandinPlace | null;
  readonly outside: string;
}

export interface JobNetworkWish {
  /** Of the unit and of its network. */
  readonly name: string;
  readonly spec: ContainerSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounting: Promise<Dockerode.MountSettings | null>;
}

/** What the job's container gets to live in the network. */
export interface JobNetwork extends NetworkPlace {
  readonly access: StandinAccess;
}

const PROXY = 2;
const JOB = 3;
/** Nobody answers there: in a closed network names of the outside are not even asked for. */
const NO_DNS = '127.0.0.1';

/** Makes the network of a unit and, where its egress is limited, the proxy in it. */
export async function openJobNetwork(
  deps: JobNetworkDeps,
  wish: JobNetworkWish,
): Promise<JobNetwork> {
  const { name, labels, spec } = wish;
  const { egress } = spec.walls;
  const block = await deps.networks.create({ name, labels, closed: egress !== 'open' });
  if (egress === 'open') {
    return { address: null, dns: [], access: standinAccess(deps.standin) };
  }
  if (egress === 'none') return { address: null, dns: [NO_DNS], access: standinAccess(null) };
  return openLimited(deps, wish, block);
}

async function openLimited(
  { docker, outside, standin }: JobNetworkDeps,
  { name, spec, labels, mounting }: JobNetworkWish,
  block: Cidr,
): Promise<JobNetwork> {
  const address = addressAt(block, PROXY);
  await startEgressProxy(docker, {
    ...{ unit: name, image: spec.image, labels, outside, address },
    externals: await mounting,
    rules: rulesOf(spec.walls, standin),
    learns: spec.walls.egress === 'learn',
  });
  const access = standinAccess(standin === null ? null : { address, port: standin.port });
  return { address: addressAt(block, JOB), dns: [address], access };
}

function rulesOf({ egress, allow }: PoolWalls, standin: StandinPlace | null) {
  const listed = egress === 'allow-list' ? allow.flatMap((entry) => parseAllow(entry) ?? []) : [];
  return [...listed, ...(standin === null ? [] : [standinRule(standin)])];
}
