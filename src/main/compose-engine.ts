import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDockerEngine } from '../adapters/docker/engine.ts';
import { readGateway } from '../adapters/docker/engine-standin.ts';
import { createDockerStepHost } from '../adapters/docker/step-host.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../contract/config.ts';
import type { ContainerEngine } from '../ports/container-engine.ts';
import type { Log } from '../ports/log.ts';

/** Node programs for jobs; read from the clone, also by the bundle in `dist/`. */
const runtimesFolder = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '..',
  'runtimes',
  'node_modules',
);

/** The Docker Engine of the configuration; nothing is contacted yet. */
export const openEngine = (config: Config, log: Log): ContainerEngine =>
  createDockerEngine({
    address: { socketPath: config.docker.socketPath },
    clock: systemClock,
    log,
    runtimesFolder,
    standin: config.github.standin,
    openStepHost: ({ docker, id, user, paths }) =>
      createDockerStepHost({ docker, containerId: id, user, paths }),
  });

/** Where containers reach this machine; null too when the engine does not answer. */
export const gatewayOf = (config: Config): Promise<string | null> =>
  readGateway(config.docker.socketPath).catch(() => null);
