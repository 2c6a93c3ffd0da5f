import { createDockerEngine } from '../adapters/docker/engine.ts';
import { createDockerStepHost } from '../adapters/docker/step-host.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../contract/config.ts';
import type { ContainerEngine } from '../ports/container-engine.ts';
import type { Log } from '../ports/log.ts';

/** The Docker Engine of the configuration; nothing is contacted yet. */
export const openEngine = (config: Config, log: Log): ContainerEngine =>
  createDockerEngine({
    address: { socketPath: config.docker.socketPath },
    clock: systemClock,
    log,
    openStepHost: ({ docker, id, user, paths }) =>
      createDockerStepHost({ docker, containerId: id, user, paths }),
  });
