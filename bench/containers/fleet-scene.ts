import { randomBytes } from 'node:crypto';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { poolConfig } from '../../src/contract/pool-config.ts';
import { installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import { createFleet, type Fleet } from '../../src/services/fleet.ts';
import type { ClaimedContainer } from '../../src/services/fleet-types.ts';
import { aSetup, startHosts } from '../../test/support/fleet-hosts.ts';
import { createRecordingLog } from '../../test/support/logs.ts';
import { runtimesFolder } from '../../test/support/runtimes.ts';
import { IMAGE } from '../executor/scene.ts';

export const POOL = poolName('bench');

export interface FleetScene extends AsyncDisposable {
  readonly fleet: Fleet;
  /** Resolves when so many containers are warm and none is being made. */
  warm(count: number): Promise<void>;
}

/** The fleet of the hub on this machine's engine, all of it real. */
export async function openFleet(minIdle: number, max: number): Promise<FleetScene> {
  const clock = systemClock;
  const log = createRecordingLog();
  const id = randomBytes(4).toString('hex');
  const installation = installationId(`bench-${id}`);
  const engine = createDockerEngine({
    ...{ address: { socketPath: '/var/run/docker.sock' }, clock, log, runtimesFolder },
    openStepHost: ({ docker, id: containerId, user, paths }) =>
      createDockerStepHost({ docker, containerId, user, paths }),
  });
  const hosts = await startHosts({ clock, log, installation }, aSetup('bench', engine));
  const config = poolConfig.parse({
    ...{ name: POOL, labels: ['bench'], image: IMAGE, cpuMillis: 1000, memoryMb: 256, pids: 512 },
    ...{ minIdle, max },
  });
  const changes = new EventTarget();
  const events = { publish: () => void changes.dispatchEvent(new Event('change')) };
  const fleet = createFleet(
    { hosts, clock, log, installation, instance: instanceId(id), events },
    { pools: [config] },
  );
  const isWarm = (count: number): boolean => {
    const [status] = fleet.status();
    return status?.warm === count && status.creating === 0;
  };
  return {
    fleet,
    async warm(count) {
      while (!isWarm(count)) {
        await new Promise((resolve) => changes.addEventListener('change', resolve, { once: true }));
      }
    },
    async [Symbol.asyncDispose]() {
      await fleet.stop();
      await hosts.stop();
    },
  };
}

/** Runs the first process of a step in it, to its end. */
export async function firstProcess({ host }: ClaimedContainer): Promise<void> {
  const sink = { stdout: () => undefined, stderr: () => undefined };
  const command = { argv: ['true'], cwd: '/', env: host.facts.env };
  const { code } = await host.exec(command, sink, new AbortController().signal);
  if (code !== 0) throw new Error(`true ended with ${code}`);
}
