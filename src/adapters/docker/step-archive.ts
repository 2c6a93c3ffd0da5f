import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import tar from 'tar-stream';
import { AppError } from '../../domain/errors.ts';
import type { HostFile } from '../../ports/step-host.ts';

/**
 * Makes the folder and unpacks standard input into it: whoever runs it becomes the owner, also where
 * it is root. The image's `tar` reaches tmpfs mounts and works on a read-only root, which the archive
 * endpoint of the engine does not.
 */
const UNPACK = 'mkdir -p -- "$1" && exec tar -x -o -C "$1" -f -';

/** Writes files that are too large or too binary for shell text. */
export async function putArchive(
  docker: Docker,
  containerId: string,
  user: string,
  files: readonly HostFile[],
): Promise<void> {
  const pack = tar.pack();
  for (const { path, content, mode } of files) {
    const size = Buffer.byteLength(content);
    const body = typeof content === 'string' ? content : Buffer.from(content);
    pack.entry({ name: path.slice(1), size, mode: mode ?? 0o644 }, body);
  }
  pack.finalize();
  await unpackArchive(docker, containerId, user, '/', Readable.from(pack));
}

/** Unpacks a tar into a folder as `user`; its error, should it break, is in `archive.errored`. */
export async function unpackArchive(
  docker: Docker,
  containerId: string,
  user: string,
  folder: string,
  archive: Readable,
): Promise<void> {
  // Without a listener an early error would end the hub.
  archive.on('error', () => undefined);
  try {
    const exec = await docker.getContainer(containerId).exec({
      Cmd: ['sh', '-c', UNPACK, 'sh', folder],
      User: user,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const said = await feed(stream, archive);
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) {
      throw new AppError('docker-failed', `Files could not be written to the container: ${said}`);
    }
  } finally {
    archive.destroy();
  }
}

/** Sends the archive and answers the last words of `tar`, which may end before it has read all. */
async function feed(stream: Duplex, archive: Readable): Promise<string> {
  const sent = pipeline(archive, stream).catch(() => undefined);
  let said = '';
  for await (const chunk of stream) said = `${said}${String(chunk)}`.slice(-500);
  await sent;
  if (archive.errored !== null) throw archive.errored;
  return said.replace(/[^\x20-\x7e]+/g, ' ').trim();
}
