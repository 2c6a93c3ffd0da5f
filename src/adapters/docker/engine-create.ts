import { randomBytes } from 'node:crypto';
import type Dockerode from 'dockerode';
import { pack } from 'tar-stream';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { isoNow } from '../../ports/clock.ts';
import type { ContainerSpec } from '../../ports/container-engine.ts';
import type { Log } from '../../ports/log.ts';
import { CAPABILITIES } from './engine-capabilities.ts';
import { asking, dockerError, tolerating } from './engine-errors.ts';
import { execText } from './engine-exec.ts';
import type { Externals } from './engine-externals.ts';
import { CONTAINER_PATHS, LABELS, STEP_USER_FOLDERS } from './engine-layout.ts';
import type { Networks } from './engine-networks.ts';
import type { StandinAccess } from './engine-standin.ts';
import { removeParts } from './job-parts.ts';

export interface CreateDeps {
  readonly docker: Dockerode;
  readonly networks: Networks;
  readonly externals: Externals;
  readonly clock: Clock;
  readonly log: Log;
  readonly standin: StandinAccess;
}

export interface Unit {
  readonly id: string;
  /** Name of the container and of its network. */
  readonly name: string;
}

const MIB = 1024 * 1024;
const MICRO = 1_000_000;

function containerOptions(
  name: string,
  spec: ContainerSpec,
  labels: Readonly<Record<string, string>>,
  externals: Dockerode.MountSettings | null,
  standin: StandinAccess,
): Dockerode.ContainerCreateOptions {
  return {
    name,
    Image: spec.image,
    // Only the idle process. With another user here, no-new-privileges would leave root commands of
    // the hub without any capability; steps name their user themselves.
    User: '0:0',
    // Idles in any image that has a `tail`; the image's own entry point must not run.
    Entrypoint: ['tail'],
    Cmd: ['-f', '/dev/null'],
    WorkingDir: '/',
    Labels: { ...labels },
    Env: [...standin.env],
    HostConfig: {
      ExtraHosts: [...standin.extraHosts],
      NetworkMode: name,
      CapDrop: ['ALL'],
      CapAdd: CAPABILITIES,
      SecurityOpt: ['no-new-privileges:true'],
      Init: true,
      PidsLimit: spec.pids,
      // Equal: no swap. Without both limits a job could take the whole machine.
      Memory: spec.memoryMb * MIB,
      MemorySwap: spec.memoryMb * MIB,
      NanoCpus: spec.cpuMillis * MICRO,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'none', Config: {} },
      IpcMode: 'private',
      Mounts: [workVolume(labels), ...(externals === null ? [] : [externals])],
    },
  };
}

/** Without a name of its own, so that it goes with the container; other containers of the job share it. */
const workVolume = (labels: Readonly<Record<string, string>>): Dockerode.MountSettings => ({
  Type: 'volume',
  Source: '',
  Target: CONTAINER_PATHS.work,
  VolumeOptions: { NoCopy: false, Labels: { ...labels }, DriverConfig: { Name: '', Options: {} } },
});

/** Makes network and container, starts it and prepares its folders; on failure removes all of it. */
export async function createUnit(deps: CreateDeps, spec: ContainerSpec): Promise<Unit> {
  const name = `rh-${randomBytes(6).toString('hex')}`;
  const labels = {
    [LABELS.installation]: spec.installation,
    [LABELS.instance]: spec.instance,
    [LABELS.pool]: spec.pool,
    [LABELS.createdAt]: isoNow(deps.clock),
    [LABELS.unit]: name,
    [LABELS.user]: spec.user,
  };
  const { Architecture } = await asking('looking for the image', () =>
    deps.docker.getImage(spec.image).inspect(),
  );
  const mounting = deps.externals.mountFor({ name: spec.image, architecture: Architecture });
  // Its failure is met below, once the network is made.
  mounting.catch(() => undefined);
  try {
    await deps.networks.create(name, labels);
    const options = containerOptions(name, spec, labels, await mounting, deps.standin);
    const container = await asking('making a container', () =>
      deps.docker.createContainer(options),
    );
    await asking('starting a container', () => container.start());
    await prepareFolders(container, spec.user);
    return { id: container.id, name };
  } catch (error) {
    await removeUnit(deps, name, name).catch((cleanup: unknown) => {
      const detail = dockerError('cleaning up', cleanup).message;
      deps.log.warn('failed container left behind', { unit: name, detail });
    });
    throw error;
  }
}

/** Removes container and network. Repeatable; 409 means that a removal is under way already. */
export async function removeUnit(
  deps: Pick<CreateDeps, 'docker' | 'networks' | 'clock'>,
  container: string,
  network: string | null,
): Promise<void> {
  const handle = deps.docker.getContainer(container);
  const removed = await tolerating('removing a container', [404, 409], () =>
    handle.remove({ force: true, v: true }),
  );
  if (!removed) await awaitAbsence(deps, container);
  if (network === null) return;
  await removeParts(deps.docker, `${LABELS.unit}=${network}`);
  await deps.networks.remove(network);
}

async function awaitAbsence(
  deps: Pick<CreateDeps, 'docker' | 'clock'>,
  container: string,
): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const handle = deps.docker.getContainer(container);
    const there = await tolerating('looking for a container', [404], () => handle.inspect());
    if (!there) return;
    await deps.clock.sleep(100);
  }
  throw new AppError('docker-failed', 'removing a container: it is still there after 5 s', {
    retryable: true,
  });
}

/**
 * The step user's ids come from a command in the container, which proves at once that commands run
 * in it. The folders are unpacked by the engine, for root in the container may not be able to.
 */
async function prepareFolders(container: Dockerode.Container, user: string): Promise<void> {
  const ids = await execText(container, user, ['/bin/sh', '-c', 'echo "$(id -u):$(id -g)"']);
  const match = /^(\d+):(\d+)$/.exec(ids.trim());
  if (match === null) {
    throw new AppError('docker-failed', 'checking a container: it does not run commands');
  }
  const owner = { uid: Number(match[1]), gid: Number(match[2]) };
  const archive = pack();
  for (const path of STEP_USER_FOLDERS) {
    archive.entry({ name: path.slice(1), type: 'directory', mode: 0o755, ...owner });
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
  await asking('preparing the folders', () =>
    container.putArchive(Buffer.concat(chunks), { path: '/' }),
  );
}
