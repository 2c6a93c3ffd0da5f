import { randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type Dockerode from 'dockerode';
import { AppError, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { asking, dockerError, tolerating } from './engine-errors.ts';
import { LABELS } from './engine-layout.ts';
import { type Cidr, formatCidr, freeBlock, parseCidr } from './engine-subnets.ts';

/** 13 usable addresses: the gateway, the job, and the services of a job. */
const NETWORK_BITS = 28;
const OVERLAP_TRIES = 8;
const REMOVE_TRIES = 10;
const REMOVE_WAIT_MS = 200;

export interface NetworkWish {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly closed: boolean;
}

export interface Networks {
  /**
   * Makes a bridge network of its own for one container and answers its addresses. One that is
   * `closed` leads nowhere, and the machine has no address in it.
   */
  create(wish: NetworkWish): Promise<Cidr>;
  /** Repeatable; waits while the engine still takes a container out of it. */
  remove(name: string): Promise<boolean>;
  /** Networks with this label. */
  labelled(label: string): Promise<readonly { name: string; labels: Record<string, string> }[]>;
}

/**
 * Docker's own address pools end after about 30 networks, so every network gets an explicit small
 * subnet of `range`. Another process may take the same one first: then the next is tried.
 */
export function createNetworks(docker: Dockerode, clock: Clock, range: Cidr): Networks {
  const reserved = new Set<Cidr>();
  const blocks = 2 ** (NETWORK_BITS - range.bits);

  const pick = async (): Promise<Cidr> => {
    const used = [...(await usedBlocks(docker)), ...hostBlocks(), ...reserved];
    const block = freeBlock(range, NETWORK_BITS, used, randomInt(blocks));
    if (block !== null) return block;
    throw new AppError('docker-failed', `no free subnet is left in ${formatCidr(range)}`);
  };

  const tryCreate = async ({ name, labels, closed }: NetworkWish): Promise<Cidr | null> => {
    const block = await pick();
    reserved.add(block);
    try {
      await docker.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        Internal: closed,
        Options: {
          'com.docker.network.bridge.name': bridgeOf(name),
          ...(closed ? { 'com.docker.network.bridge.inhibit_ipv4': 'true' } : {}),
        },
        IPAM: { Driver: 'default', Config: [{ Subnet: formatCidr(block) }] },
        Labels: { ...labels },
      });
      return block;
    } catch (error) {
      if (/overlap/i.test(messageOf(error))) return null;
      throw dockerError('making a network', error);
    } finally {
      reserved.delete(block);
    }
  };

  return {
    async create(wish) {
      for (let attempt = 0; attempt < OVERLAP_TRIES; attempt += 1) {
        const block = await tryCreate(wish);
        if (block !== null) return block;
      }
      const detail = `making a network: every subnet tried in ${formatCidr(range)} overlaps another`;
      throw new AppError('docker-failed', detail, { retryable: true });
    },
    remove: (name) => removeNetwork(docker, clock, name),
    async labelled(label) {
      const networks = await asking('listing networks', () =>
        docker.listNetworks({ filters: { label: [label] } }),
      );
      return networks.map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
    },
  };
}

/** Of all bridges of jobs; the rules of the machine's firewall know them by it. */
export const BRIDGE_PREFIX = 'rhj';

/** Linux takes 15 characters. */
const bridgeOf = (network: string): string =>
  `${BRIDGE_PREFIX}${network.replace(/^rh-/, '')}`.slice(0, 15);

/** 403 while an endpoint is active, which passes once the container is gone. */
async function removeNetwork(docker: Dockerode, clock: Clock, name: string): Promise<boolean> {
  const what = 'removing a network';
  const remove = (): Promise<unknown> => docker.getNetwork(name).remove();
  for (let attempt = 1; attempt < REMOVE_TRIES; attempt += 1) {
    try {
      return await tolerating(what, [404], remove);
    } catch (error) {
      if (error instanceof AppError && error.code === 'docker-down') throw error;
      await clock.sleep(REMOVE_WAIT_MS);
    }
  }
  return tolerating(what, [404], remove);
}

async function usedBlocks(docker: Dockerode): Promise<Cidr[]> {
  const networks = await asking('listing networks', () => docker.listNetworks());
  return networks
    .flatMap(({ IPAM }) => IPAM?.Config ?? [])
    .map(({ Subnet }) => parseCidr(Subnet ?? ''))
    .filter((block) => block !== null);
}

/** The networks that this machine is in; a job network over one of them would hide it. */
const hostBlocks = (): Cidr[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ cidr }) => parseCidr(cidr ?? ''))
    .filter((block) => block !== null);

export const labelFilter = (installation: string): string =>
  `${LABELS.installation}=${installation}`;
