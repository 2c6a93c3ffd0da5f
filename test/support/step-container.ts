import Docker from 'dockerode';
import { createExternals } from '../../src/adapters/docker/engine-externals.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import type { KillLadder } from '../../src/adapters/docker/step-kill.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { StepHost } from '../../src/ports/step-host.ts';
import { createRecordingLog } from './logs.ts';
import { runtimesFolder } from './runtimes.ts';

const MIB = 1024 * 1024;
const IMAGE = 'runnerhub/job:bookworm';
const TEST_LABEL = 'com.runnerhub.test';

export interface StepContainer {
  readonly host: StepHost;
  readonly container: Docker.Container;
  readonly docker: Docker;
  open(ladder?: KillLadder): Promise<StepHost>;
  remove(): Promise<void>;
}

export interface ContainerWishes {
  readonly ladder?: KillLadder;
  readonly hardened?: boolean;
  readonly user?: string;
  /** The home folder, with all that a job writes, holds no more than this. */
  readonly homeMb?: number;
}

/** A labelled, limited container of the job image with a step host, for one test file. */
export async function startStepContainer(wishes: ContainerWishes = {}): Promise<StepContainer> {
  const docker = new Docker();
  const externals = await mountExternals(docker);
  const container = await docker.createContainer({
    Image: IMAGE,
    Entrypoint: ['tail', '-f', '/dev/null'],
    Labels: { [TEST_LABEL]: 'executor' },
    HostConfig: {
      Memory: 512 * MIB,
      MemorySwap: 512 * MIB,
      PidsLimit: 256,
      NetworkMode: 'none',
      Init: true,
      ...(externals === null ? {} : { Mounts: [externals] }),
      ...(wishes.homeMb === undefined
        ? {}
        : { Tmpfs: { '/home/runner': `uid=1001,gid=1001,exec,size=${wishes.homeMb}m` } }),
      ...(wishes.hardened
        ? {
            ReadonlyRootfs: true,
            CapDrop: ['ALL'],
            SecurityOpt: ['no-new-privileges'],
            Tmpfs: { '/home/runner': 'uid=1001,gid=1001,exec', '/tmp': '' },
          }
        : {}),
    },
  });
  const open = (ladder?: KillLadder) =>
    createDockerStepHost({
      docker,
      containerId: container.id,
      user: wishes.user ?? 'runner',
      ...(ladder === undefined ? {} : { ladder }),
    });
  try {
    await container.start();
    const host = await open(wishes.ladder);
    const remove = () => container.remove({ force: true, v: true });
    return { host, container, docker, open, remove };
  } catch (error) {
    await container.remove({ force: true, v: true });
    throw error;
  }
}

/** As a hub does it; null where `npm ci` was not run in `runtimes/`. */
async function mountExternals(docker: Docker): Promise<Docker.MountSettings | null> {
  const log = createRecordingLog();
  const externals = createExternals({ docker, clock: systemClock, log, runtimesFolder });
  const { Architecture } = await docker.getImage(IMAGE).inspect();
  return externals.mountFor({ name: IMAGE, architecture: Architecture });
}
