import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { ExitStatus, OutputSink } from '../../ports/step-host.ts';
import { asking, tolerating } from './engine-errors.ts';
import { FrameReader } from './step-frames.ts';
import type { KillLadder } from './step-kill.ts';

const LOG_LINES = 1_000;
const LOG_BYTES = 1024 * 1024;

/** The end of a container's log, both streams together. */
export async function readLog(container: Dockerode.Container): Promise<string> {
  const answer = await asking('reading a log', () =>
    container.logs({ stdout: true, stderr: true, tail: LOG_LINES, follow: false }),
  );
  const { Config } = await asking('reading a log', () => container.inspect());
  const bytes = Buffer.from(answer as unknown as Uint8Array);
  if (Config.Tty) return bytes.subarray(-LOG_BYTES).toString('utf8');
  const parts = [...new FrameReader().read(bytes)].map(({ bytes: part }) => Buffer.from(part));
  return Buffer.concat(parts).subarray(-LOG_BYTES).toString('utf8');
}

/**
 * Starts a container, hands over its output as it comes, and waits for its end. Aborting `cancel`
 * signals it by the ladder of protocol G.12.
 */
export async function runToEnd(
  container: Dockerode.Container,
  output: OutputSink,
  cancel: AbortSignal,
  ladder: KillLadder,
): Promise<ExitStatus> {
  const stream = await asking('attaching to a container', () =>
    container.attach({ stream: true, stdout: true, stderr: true, hijack: true }),
  );
  const ended = new AbortController();
  const stop = () => void climb(container, ladder, ended.signal);
  try {
    await asking('starting a container', () => container.start());
    if (cancel.aborted) stop();
    cancel.addEventListener('abort', stop, { once: true });
    const frames = new FrameReader();
    for await (const chunk of stream) {
      for (const { stream: name, bytes } of frames.read(chunk as Buffer)) await output[name](bytes);
    }
    const { StatusCode } = await asking('waiting for a container', () => container.wait());
    const { State } = await asking('looking at a container', () => container.inspect());
    return { code: Number(StatusCode), outOfMemory: State.OOMKilled };
  } finally {
    ended.abort();
    cancel.removeEventListener('abort', stop);
  }
}

/** Statuses of a container that has ended already. */
const GONE = [404, 409, 500];

async function climb(
  container: Dockerode.Container,
  { afterIntMs, afterTermMs }: KillLadder,
  ended: AbortSignal,
): Promise<void> {
  try {
    await tolerating('ending a container', GONE, () => container.kill({ signal: 'SIGINT' }));
    await sleep(afterIntMs, undefined, { signal: ended });
    await tolerating('ending a container', GONE, () => container.kill({ signal: 'SIGTERM' }));
    await sleep(afterTermMs, undefined, { signal: ended });
    await tolerating('ending a container', GONE, () => container.kill({ signal: 'SIGKILL' }));
  } catch {
    // It has ended, or the engine does not answer: the attached stream tells which.
  }
}
