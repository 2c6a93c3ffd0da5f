import { createServer } from 'node:net';
import Dockerode from 'dockerode';
import type { AllowRule } from '../../domain/egress.ts';
import { asking } from './engine-errors.ts';
import { firstAddress } from './engine-subnets.ts';

/** Name by which jobs know the stand-in's web and git; toolkit packages take it for github.com (protocol F.7). */
const NAME = 'github.localhost';

const TIMEOUT_MS = 5_000;

/** What a container gets so that its steps reach a GitHub stand-in on this machine. */
export interface StandinAccess {
  readonly extraHosts: readonly string[];
  readonly env: readonly string[];
}

/** Where a stand-in on this machine is. */
export interface StandinPlace {
  readonly address: string;
  readonly port: number;
}

/** From `ADDRESS:PORT`; null where the hub works for no stand-in. */
export function standinPlace(standin: string | undefined): StandinPlace | null {
  const [address = '', port = ''] = standin?.split(':') ?? [];
  return standin === undefined ? null : { address, port: Number(port) };
}

/**
 * What a container gets that reaches the stand-in at `place`. libcurl takes every name below
 * `localhost` for the container itself, whatever its hosts file says, so git, which uses it, is told
 * the address by a setting of its own.
 */
export function standinAccess(place: StandinPlace | null): StandinAccess {
  if (place === null) return { extraHosts: [], env: [] };
  const { address, port } = place;
  return {
    extraHosts: [`${NAME}:${address}`],
    env: [
      'GIT_CONFIG_COUNT=1',
      'GIT_CONFIG_KEY_0=http.curloptResolve',
      `GIT_CONFIG_VALUE_0=${NAME}:${port}:${address}`,
    ],
  };
}

/** What lets a proxy lead there. */
export const standinRule = ({ address, port }: StandinPlace): AllowRule => ({
  ...{ name: NAME, port, address },
});

/**
 * The address of this machine in the engine's default network, or null where it has none. Until an
 * engine has been started for the second time it does not report the gateway of that network; it is
 * then the first address of the subnet, as Docker chooses it.
 */
export async function readGateway(socketPath: string): Promise<string | null> {
  const docker = new Dockerode({ socketPath, timeout: TIMEOUT_MS });
  const network = await asking('looking for the default network', () =>
    docker.getNetwork('bridge').inspect(),
  );
  for (const { Gateway, Subnet } of network.IPAM?.Config ?? []) {
    const address = Gateway ?? firstAddress(Subnet ?? '');
    if (address !== null && (await isOwn(address))) return address;
  }
  return null;
}

/** Whether it can be listened on; the list of interfaces leaves out a bridge without containers. */
const isOwn = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });
