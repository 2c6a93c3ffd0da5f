import type Docker from 'dockerode';
import tar from 'tar-stream';
import { AppError } from '../../domain/errors.ts';
import type { HostFile } from '../../ports/step-host.ts';

/**
 * Writes files through `tar` on the standard input of an exec: for content that is too large or too
 * binary for shell text. Reaches tmpfs mounts and works on a read-only root, which the archive
 * endpoint of the engine does not.
 */
export async function putArchive(
  docker: Docker,
  containerId: string,
  user: string,
  files: readonly HostFile[],
): Promise<void> {
  const exec = await docker.getContainer(containerId).exec({
    Cmd: ['tar', '-x', '-C', '/', '-f', '-'],
    User: user,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const pack = tar.pack();
  for (const { path, content, mode } of files) {
    const size = Buffer.byteLength(content);
    const body = typeof content === 'string' ? content : Buffer.from(content);
    pack.entry({ name: path.slice(1), size, mode: mode ?? 0o644 }, body);
  }
  pack.finalize();
  pack.pipe(stream);
  let said = '';
  for await (const chunk of stream) said = `${said}${String(chunk)}`.slice(-500);
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) {
    throw new AppError('docker-failed', `Files could not be written to the container: ${said}`);
  }
}
