import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { extract, pack } from 'tar-stream';
import type { Credentials } from '../../actions/container-wish.ts';
import { AppError, messageOf } from '../../domain/errors.ts';
import type { OutputSink } from '../../ports/step-host.ts';
import { asking, statusOf } from './engine-errors.ts';

const TRIES = 3;
/** Between tries, in milliseconds (protocol G.15: 1 to 10 s). */
const WAITS_MS = [1_000, 4_000];

/**
 * Fetches an image, with three tries (protocol G.15). One that the engine has is fetched as well: its
 * tag may have moved, and only the registry knows whether these credentials may see it. An image that
 * never came from a registry was made on the host, and is used as it is.
 */
export async function pullImage(
  docker: Dockerode,
  image: string,
  credentials: Credentials | null,
  stop: AbortSignal,
): Promise<void> {
  if (await isHomeMade(docker, image)) return;
  const auth =
    credentials === null
      ? {}
      : { authconfig: { ...credentials, serveraddress: registryOf(image) } };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const stream = await docker.pull(withTag(image), { ...auth, abortSignal: stop });
      await readProgress(stream, () => undefined);
      return;
    } catch (error) {
      stop.throwIfAborted();
      if (attempt === TRIES || isFinal(error)) {
        throw new AppError(
          'image-missing',
          `The image '${image}' could not be pulled: ${messageOf(error)}`,
        );
      }
      await sleep(WAITS_MS[attempt - 1] ?? 0, undefined, { signal: stop });
    }
  }
}

/** What another try would not change. */
const isFinal = (error: unknown): boolean =>
  [400, 401, 403, 404].includes(statusOf(error) ?? 0) ||
  /not found|unknown|denied|unauthorized|no basic auth|invalid reference/i.test(messageOf(error));

async function isHomeMade(docker: Dockerode, image: string): Promise<boolean> {
  return asking('looking for an image', async () => {
    try {
      const { RepoDigests } = await docker.getImage(image).inspect();
      return (RepoDigests ?? []).length === 0;
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 400) return false;
      throw error;
    }
  });
}

/** Without a tag the engine would fetch all of them. */
const withTag = (image: string): string => (/[:@][^/]*$/.test(image) ? image : `${image}:latest`);

function registryOf(image: string): string {
  const first = image.split('/')[0] ?? '';
  return image.includes('/') && /[.:]|^localhost$/.test(first)
    ? first
    : 'https://index.docker.io/v1/';
}

interface BuildDeps {
  readonly docker: Dockerode;
  readonly unit: string;
  readonly network: string;
  /** Whether the network leads nowhere by itself. */
  readonly isClosed: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

interface BuildRequest {
  readonly folder: string;
  readonly dockerfile: string;
  readonly output: OutputSink['stdout'];
  readonly stop: AbortSignal;
}

/**
 * Builds from a folder of the unit, over the network of the job. Answers the image's name. In a closed
 * network a build has none at all: the engine would ask the machine's own name server for it.
 */
export async function buildImage(
  { docker, unit, network, isClosed, labels }: BuildDeps,
  { folder, dockerfile, output, stop }: BuildRequest,
): Promise<string> {
  const name = `runnerhub-action:${network}-${randomBytes(4).toString('hex')}`;
  const archive = await asking('reading the folder of an action', () =>
    docker.getContainer(unit).getArchive({ path: folder }),
  );
  const context = withoutTop(archive);
  try {
    const stream = await docker.buildImage(context, {
      t: name,
      dockerfile,
      labels: { ...labels },
      networkmode: isClosed ? 'none' : network,
      forcerm: true,
      abortSignal: stop,
    });
    await readProgress(stream, output);
    return name;
  } catch (error) {
    stop.throwIfAborted();
    throw new AppError('docker-failed', `Docker build failed: ${messageOf(error)}`);
  }
}

/** The engine's archive of a folder begins with the folder itself; a build wants its content. */
function withoutTop(archive: NodeJS.ReadableStream): Readable {
  const context = pack();
  const reader = extract();
  const relative = (name: string): string => name.slice(name.indexOf('/') + 1).replace(/\/$/, '');
  reader.on('entry', (header, content, next) => {
    const name = relative(header.name);
    if (name === '' || !header.name.includes('/')) {
      content.resume();
      content.on('end', next);
      return;
    }
    const link =
      header.type === 'link' && header.linkname ? { linkname: relative(header.linkname) } : {};
    content.pipe(context.entry({ ...header, name, ...link }, () => next()));
  });
  reader.on('finish', () => context.finalize());
  const fail = (error: Error) => context.destroy(error);
  archive.on('error', fail);
  reader.on('error', fail);
  archive.pipe(reader);
  return Readable.from(context);
}

interface Progress {
  readonly stream?: string;
  readonly error?: string;
}

/** Reads the engine's report to its end: an error of the work comes in it, with status 200. */
async function readProgress(
  stream: NodeJS.ReadableStream,
  output: OutputSink['stdout'],
): Promise<void> {
  let rest = '';
  let failure = '';
  for await (const chunk of stream) {
    const lines = `${rest}${String(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.trim() !== '')) {
      const { stream: text, error } = JSON.parse(line) as Progress;
      if (text !== undefined) await output(Buffer.from(text));
      if (error !== undefined) failure = error;
    }
  }
  if (failure !== '') throw new Error(failure);
}
