import { readFile, statfs } from 'node:fs/promises';
import type Dockerode from 'dockerode';
import type { InstallationId } from '../../domain/ids.ts';
import type { EngineUsage } from '../../ports/container-engine.ts';
import { asking } from './engine-errors.ts';
import { execText } from './engine-exec.ts';
import { CONTAINER_PATHS, LABELS } from './engine-layout.ts';

const MIB = 1024 * 1024;
const KIB_PER_MIB = 1024;
const NOTHING_KNOWN: EngineUsage = { freeDiskMb: null, freeMemoryMb: null };

/** What is left on the machine of an engine; `isLocal`: it is reached by a socket of this machine. */
export async function readUsage(
  docker: Dockerode,
  installation: InstallationId,
  isLocal: boolean,
): Promise<EngineUsage> {
  return (isLocal ? await ownUsage(docker) : null) ?? (await toldUsage(docker, installation));
}

/** Null where the engine keeps its data in a virtual machine and not here (Docker Desktop). */
async function ownUsage(docker: Dockerode): Promise<EngineUsage | null> {
  const { DockerRootDir } = await asking('asking the engine', () => docker.info());
  try {
    const { bavail, bsize } = await statfs(String(DockerRootDir));
    const memory = await readFile('/proc/meminfo', 'utf8');
    return { freeDiskMb: Math.floor((bavail * bsize) / MIB), freeMemoryMb: availableMb(memory) };
  } catch {
    return null;
  }
}

/** The work folder is a volume, so that its disk is that of the engine; memory is the machine's. */
async function toldUsage(docker: Dockerode, installation: InstallationId): Promise<EngineUsage> {
  const label = [`${LABELS.installation}=${installation}`, LABELS.user];
  const [first] = await asking('looking for a container', () =>
    docker.listContainers({ limit: 1, filters: { label, status: ['running'] } }),
  );
  if (first === undefined) return NOTHING_KNOWN;
  const text = await execText(docker.getContainer(first.Id), '0', [
    ...['sh', '-c'],
    `df -Pk ${CONTAINER_PATHS.work} | tail -n 1; cat /proc/meminfo`,
  ]);
  const freeKib = Number(text.split('\n')[0]?.trim().split(/\s+/)[3]);
  return {
    freeDiskMb: Number.isFinite(freeKib) ? Math.floor(freeKib / KIB_PER_MIB) : null,
    freeMemoryMb: availableMb(text),
  };
}

function availableMb(meminfo: string): number | null {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo);
  return match === null ? null : Math.floor(Number(match[1]) / KIB_PER_MIB);
}
