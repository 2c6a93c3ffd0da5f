import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDockerEngine } from '../adapters/docker/engine.ts';
import type { EngineAddress } from '../adapters/docker/engine-link.ts';
import { readGateway } from '../adapters/docker/engine-standin.ts';
import { createDockerStepHost } from '../adapters/docker/step-host.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../contract/config.ts';
import type { HostConfig } from '../contract/host-config.ts';
import { AppError, messageOf } from '../domain/errors.ts';
import { hostName } from '../domain/ids.ts';
import type { ContainerEngine } from '../ports/container-engine.ts';
import type { Log } from '../ports/log.ts';
import type { HostSetup } from '../services/fleet-host.ts';

/** Node programs for jobs; read from the clone, also by the bundle in `dist/`. */
const runtimesFolder = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '..',
  'runtimes',
  'node_modules',
);

const ENDLESS = Number.POSITIVE_INFINITY;

/** This machine, where nothing else is configured: pools alone say how much runs here. */
const LOCAL_RULES: HostSetup['rules'] = {
  slots: ENDLESS,
  cpuOvercommit: ENDLESS,
  memoryOvercommit: ENDLESS,
  reserve: { cpuMillis: 0, memoryMb: 128, diskMb: 512 },
};

/** The Docker hosts of the configuration; nothing is contacted yet. Throws `bad-request`. */
export function hostSetups(config: Config, log: Log): readonly HostSetup[] {
  const open = (address: EngineAddress): ContainerEngine => openEngine(config, address, log);
  if (config.hosts === undefined) {
    const engine = open({ socketPath: config.docker.socketPath });
    return [{ name: hostName('local'), engine, rules: LOCAL_RULES, labels: {}, mode: 'open' }];
  }
  return config.hosts.map((host) => {
    const { slots = ENDLESS, cpuOvercommit, memoryOvercommit, reserve, labels, mode } = host;
    const rules = { slots, cpuOvercommit, memoryOvercommit, reserve };
    return { name: hostName(host.name), engine: open(addressOf(host)), rules, labels, mode };
  });
}

function addressOf({ name, address, tls }: HostConfig): EngineAddress {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const [host = '', port = ''] = address.slice('tcp://'.length).split(':');
  if (tls === undefined) throw new AppError('bad-request', `host ${name}: tls is missing`);
  const { ca, cert, key } = tls;
  const pem = (file: string): string => readPem(name, file);
  return { host, port: Number(port), ca: pem(ca), cert: pem(cert), key: pem(key) };
}

function readPem(host: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AppError('bad-request', `host ${host}: ${messageOf(error)}`);
  }
}

const openEngine = (config: Config, address: EngineAddress, log: Log): ContainerEngine =>
  createDockerEngine({
    ...{ address, clock: systemClock, log, runtimesFolder, standin: config.github.standin },
    openStepHost: ({ docker, id, user, paths }) =>
      createDockerStepHost({ docker, containerId: id, user, paths }),
  });

/** Where containers reach this machine; null too when the engine does not answer. */
export const gatewayOf = (config: Config): Promise<string | null> =>
  readGateway(config.docker.socketPath).catch(() => null);
