import { PassThrough, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import Docker from 'dockerode';

const docker = new Docker({ socketPath: '/var/run/docker.sock' });

/**
 * One exec call through the Engine API, as every client of it does: create, start, read both
 * streams to their end, ask for the exit code. Returns how many bytes came.
 */
export async function bareExec(container: string, argv: readonly string[]): Promise<number> {
  const exec = await docker.getContainer(container).exec({
    Cmd: [...argv],
    User: 'runner',
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: false });
  let bytes = 0;
  const counter = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done();
    },
  });
  docker.modem.demuxStream(stream, counter, new PassThrough().resume());
  await finished(stream, { writable: false });
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`a bare exec ended with ${ExitCode}`);
  return bytes;
}
