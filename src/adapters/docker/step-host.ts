import type Docker from 'dockerode';
import { AppError, isAppError } from '../../domain/errors.ts';
import type { UnitHost } from '../../ports/job-containers.ts';
import type { HostFile, HostPaths, OutputSink } from '../../ports/step-host.ts';
import { createJobContainers } from './job-containers.ts';
import { AgentEnded, startAgent } from './step-agent.ts';
import { putArchive, unpackArchive } from './step-archive.ts';
import { createDiskReader } from './step-disk.ts';
import { explainLoss } from './step-errors.ts';
import { createExec } from './step-exec.ts';
import { KILL_LADDER, type KillLadder } from './step-kill.ts';
import { AgentPool } from './step-pool.ts';
import { PROBE, readProbe } from './step-probe.ts';
import { createRead } from './step-read.ts';
import { builtinText, quote, shortText, writeText } from './step-shell.ts';
import { createUsageReader } from './step-usage.ts';

export interface DockerStepHostOptions {
  readonly docker: Docker;
  readonly containerId: string;
  /** User that steps run as: a name or `uid:gid` of the image. */
  readonly user: string;
  /** Where things are; by default below `_work` in the user's home. */
  readonly paths?: Partial<HostPaths>;
  readonly ladder?: KillLadder;
}

/** Content above this many bytes goes through `tar` instead of shell text. */
const MAX_TEXT = 4 * 1024 * 1024;

/**
 * The step host of a running container. Opening starts one step agent (about the price of one exec);
 * each command then costs a few milliseconds. Nothing has to be closed: the agents end with the
 * container.
 */
export async function createDockerStepHost(options: DockerStepHostOptions): Promise<UnitHost> {
  const { docker, containerId, user, ladder = KILL_LADDER } = options;
  const translate = (error: unknown) =>
    isAppError(error) ? error : explainLoss(docker, containerId, error);
  const pool = new AgentPool((name) => startAgent(docker, containerId, name));
  const short = createShort(pool, translate);
  const container = await docker
    .getContainer(containerId)
    .inspect()
    .catch(async (error: unknown) => {
      throw await translate(error);
    });
  const probe = await short(user, (mark) => shortText(mark, PROBE));
  if (probe.code !== 0) throw new AppError('docker-failed', 'The image has no usable POSIX shell');
  const { facts, paths } = readProbe(probe.text.toString(), container, options.paths ?? {});
  const containers = createJobContainers({
    ...{ docker, unit: container, paths, ladder },
    // The image's own user (protocol G.15, 7).
    openHost: (id, inside) =>
      createDockerStepHost({ docker, containerId: id, user: '', paths: inside, ladder }),
  });
  const oom = createOutOfMemoryCheck(short, user);
  const holds = async (test: string) =>
    (await short(user, (mark) => builtinText(mark, `${test} || c=1`))).code === 0;
  const crowded = createCrowdedCheck(short, user);
  const [usage] = await Promise.all([createUsageReader(short, user), oom(), crowded()]);
  return {
    facts,
    paths,
    usage,
    ...createDiskReader(docker, container, short),
    ...(containers === null ? {} : { containers }),
    exec: createExec({ pool, user, ladder, holds, oom, crowded, translate }),
    put: (files) =>
      put(files, short, options).catch(async (error: unknown) => {
        throw await translate(error);
      }),
    unpack: (folder, tar) =>
      unpackArchive(docker, containerId, user, folder, tar).catch(async (error: unknown) => {
        throw tar.errored ?? (await translate(error));
      }),
    read: createRead(short, user),
    makeFolders: (folders) => mustSucceed(short, user, 'mkdir -p --', folders),
    remove: (gone) => mustSucceed(short, user, 'rm -rf --', gone),
  };
}

type Translate = (error: unknown) => Promise<AppError> | AppError;
type Short = (
  user: string,
  text: (mark: string) => string,
) => Promise<{ code: number; text: Buffer }>;

/** A request that ends by itself; tried once more when the agent was lost but the container was not. */
function createShort(pool: AgentPool, translate: Translate): Short {
  const once: Short = async (user, text) => {
    const chunks: Buffer[] = [];
    const output: OutputSink = {
      stdout: (chunk) => {
        chunks.push(Buffer.from(chunk));
      },
      stderr: () => undefined,
    };
    const agent = await pool.shared(user);
    const { code } = await agent.request({ text, output });
    return { code, text: Buffer.concat(chunks) };
  };
  return async (user, text) => {
    try {
      return await once(user, text);
    } catch (error) {
      const explained = await translate(error);
      if (!(error instanceof AgentEnded) || explained.code !== 'docker-failed') throw explained;
    }
    return once(user, text).catch(async (error: unknown) => {
      throw await translate(error);
    });
  };
}

async function mustSucceed(
  short: Short,
  user: string,
  command: string,
  paths: readonly string[],
): Promise<void> {
  if (paths.length === 0) return;
  const body = `${command} ${paths.map(quote).join(' ')} 2>&1`;
  const { code, text } = await short(user, (mark) => shortText(mark, body));
  if (code !== 0)
    throw new AppError('docker-failed', `In the container: ${text.toString().trim()}`);
}

async function put(
  files: readonly HostFile[],
  short: Short,
  { docker, containerId, user }: DockerStepHostOptions,
): Promise<void> {
  for (const owner of ['root', 'step-user'] as const) {
    const mine = files.filter((file) => (file.owner ?? 'step-user') === owner);
    const name = owner === 'root' ? '0' : user;
    const small = mine.filter(({ content }) => content.length <= MAX_TEXT);
    const large = mine.filter(({ content }) => content.length > MAX_TEXT);
    if (large.length > 0) await putArchive(docker, containerId, name, large);
    if (small.length === 0) continue;
    const body = small
      .map(({ path, content, mode }) => writeText(path, content, mode ?? 0o644))
      .join('\n');
    const { code } = await short(name, (mark) => builtinText(mark, body));
    if (code !== 0) throw await writeFailure(short, user, small);
  }
}

async function writeFailure(
  short: Short,
  user: string,
  files: readonly HostFile[],
): Promise<AppError> {
  const [first] = files;
  const folder = first?.path.slice(0, first.path.lastIndexOf('/')) || '/';
  const { text } = await short(user, (mark) => shortText(mark, `df -Pk -- ${quote(folder)}`));
  const isFull = text.toString().trim().split('\n').at(-1)?.split(/\s+/).at(3) === '0';
  const why = isFull ? 'The disk of the container is full' : 'The container took no files';
  return new AppError('docker-failed', `${why}: ${first?.path} could not be written`);
}

/** Whether the kernel has ended a process for want of memory since the last call. */
function createOutOfMemoryCheck(short: Short, user: string): () => Promise<boolean> {
  const body = `cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null`;
  return createRiseCheck(async () => {
    const { text } = await short(user, (mark) => shortText(mark, body));
    return Number(/^oom_kill (\d+)$/m.exec(text.toString())?.[1] ?? 0);
  });
}

/** Whether a process was refused because of the container's limit since the last call. Forks nothing. */
function createCrowdedCheck(short: Short, user: string): () => Promise<boolean> {
  const body = `for f in /sys/fs/cgroup/pids.events /sys/fs/cgroup/pids/pids.events; do
[ -r $f ] && while read -r k v; do [ "$k" = max ] && printf %s "$v" >&3; done <$f
done`;
  return createRiseCheck(async () => {
    const { text } = await short(user, (mark) => builtinText(mark, body));
    return Number(text.toString());
  });
}

function createRiseCheck(read: () => Promise<number>): () => Promise<boolean> {
  let before = 0;
  return async () => {
    const now = await read();
    const rose = now > before;
    before = now;
    return rose;
  };
}
