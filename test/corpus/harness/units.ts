import { createDockerEngine } from '../../../src/adapters/docker/engine.ts';
import { createDockerStepHost } from '../../../src/adapters/docker/step-host.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { DEFAULT_WALLS } from '../../../src/contract/pool-walls.ts';
import { installationId, instanceId, poolName } from '../../../src/domain/ids.ts';
import type { ContainerEngine } from '../../../src/ports/container-engine.ts';
import type { StepHost } from '../../../src/ports/step-host.ts';
import { createRecordingLog } from '../../support/logs.ts';
import { runtimesFolder } from '../../support/runtimes.ts';

const IMAGE = 'runnerhub/job:bookworm';
const INSTALLATION = installationId('test-corpus');
/** Units made ahead of the jobs that will want them. */
const AHEAD = 3;
/** How long the signals of a cancellation wait is the step host's contract, not the corpus's. */
const LADDER = { afterIntMs: 2_000, afterTermMs: 500 };

export interface Unit {
  readonly host: StepHost;
  destroy(): Promise<void>;
}

export interface Units {
  /** A fresh container for one job. */
  take(): Promise<Unit>;
  /** Removes whatever is left. */
  close(): Promise<void>;
}

/** Real containers by the real engine; the next ones are made while jobs run in others. */
export async function openUnits(): Promise<Units> {
  const engine = createDockerEngine({
    address: { socketPath: '/var/run/docker.sock' },
    clock: systemClock,
    log: createRecordingLog(),
    runtimesFolder,
    openStepHost: ({ docker, id, user, paths }) =>
      createDockerStepHost({ docker, containerId: id, user, paths, ladder: LADDER }),
  });
  await removeLeftovers(engine);
  const made = new Set<Promise<Unit>>();
  const ready: Promise<Unit>[] = [];
  const add = () => {
    const unit = makeUnit(engine);
    unit.catch(() => undefined);
    made.add(unit);
    ready.push(unit);
  };
  return {
    take() {
      while (ready.length <= AHEAD) add();
      return ready.shift() as Promise<Unit>;
    },
    async close() {
      await Promise.all(
        [...made].map((unit) =>
          unit.then(
            ({ destroy }) => destroy(),
            () => null,
          ),
        ),
      );
    },
  };
}

async function makeUnit(engine: ContainerEngine): Promise<Unit> {
  const id = await engine.create({
    installation: INSTALLATION,
    instance: instanceId(String(process.pid)),
    pool: poolName('corpus'),
    image: IMAGE,
    cpuMillis: 2_000,
    memoryMb: 512,
    pids: 256,
    user: 'runner',
    walls: DEFAULT_WALLS,
  });
  const host = await engine.open(id);
  let gone: Promise<void> | undefined;
  return { host, destroy: () => (gone ??= engine.destroy(id)) };
}

/** Containers and networks of a test process that died. */
async function removeLeftovers(engine: ContainerEngine): Promise<void> {
  const owned = await engine.owned(INSTALLATION);
  const living = owned.filter(({ instance }) => isAlive(Number(instance.replace('hub_', ''))));
  const dead = owned.filter((container) => !living.includes(container));
  await Promise.all(dead.map(({ id }) => engine.destroy(id)));
  const alive = living.map(({ instance }) => instance);
  await engine.sweep(INSTALLATION, [...alive, instanceId(String(process.pid))]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
