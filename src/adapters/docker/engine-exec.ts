import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Dockerode from 'dockerode';
import { AppError } from '../../domain/errors.ts';
import { asking } from './engine-errors.ts';

const EXEC_TIMEOUT_MS = 30_000;

/**
 * The standard output of a short command of our own. Throws `docker-failed` when it exits with
 * another code than 0 or does not end in 30 s.
 */
export async function execText(
  container: Dockerode.Container,
  user: string,
  argv: readonly string[],
): Promise<string> {
  const what = 'checking a container';
  return asking(what, async () => {
    const exec = await container.exec({
      Cmd: [...argv],
      User: user,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: false });
    const chunks: Buffer[] = [];
    const stdout = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk));
    const ignored = new PassThrough().resume();
    container.modem.demuxStream(stream, stdout, ignored);
    await finished(stream, { writable: false, signal: AbortSignal.timeout(EXEC_TIMEOUT_MS) });
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) {
      throw new AppError('docker-failed', `${what}: a command ended with code ${ExitCode}`);
    }
    return Buffer.concat(chunks).toString('utf8');
  });
}
