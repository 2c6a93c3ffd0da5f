import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { OutputSink } from '../../ports/step-host.ts';
import { AnswerStream, type Owed } from './step-answers.ts';
import { FrameReader, type StreamName } from './step-frames.ts';
import { BOOT } from './step-shell.ts';

/** How a request ended. */
export interface AgentReply {
  readonly code: number;
  /** What was missing, so that nothing was started. */
  readonly missing?: 'folder' | 'program';
}

export interface AgentRequest {
  /** The shell text, made for the given mark. */
  readonly text: (mark: string) => string;
  readonly output: OutputSink;
  /** Called with the process id of a started command (0 for short requests). */
  readonly started?: (pid: number) => void;
}

interface Pending extends Owed {
  readonly output: OutputSink;
  readonly reject: (error: unknown) => void;
}

/** The shell ended while it still owed answers. */
export class AgentEnded extends Error {}

/**
 * One long-lived `sh` in the container, fed over the standard input of a single exec. Requests are
 * answered in order. Each carries a fresh random mark that ends both output streams, so a step can
 * neither end its own request nor speak for a later one; whatever it prints is only output. The
 * stream is read no faster than the sinks take it, which holds back the step (back-pressure).
 *
 * States: `open` → `spent` (a process that outlived its step still holds the pipes, so no further
 * request may use them) → `ended`. A spent or ended agent is thrown away.
 */
export class StepAgent {
  readonly #stream: Duplex;
  readonly #pending = new Set<Pending>();
  readonly #answers: Record<StreamName, AnswerStream<Pending>>;
  #spent = false;
  #ended = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    const tails = new Map<Pending, readonly string[]>();
    const ended = (owed: Pending, words: readonly string[]) => {
      const other = tails.get(owed);
      if (other === undefined) tails.set(owed, words);
      else owed.onEnd(other.length > words.length ? other : words);
    };
    this.#answers = {
      stdout: new AnswerStream('stdout', ended),
      stderr: new AnswerStream('stderr', ended),
    };
    stream.on('error', () => undefined);
    stream.write(BOOT);
    void this.#pump();
  }

  get usable(): boolean {
    return !this.#spent && !this.#ended;
  }

  /** Whether no request is under way. */
  get idle(): boolean {
    return this.#pending.size === 0;
  }

  request(request: AgentRequest): Promise<AgentReply> {
    if (this.#ended) return Promise.reject(new AgentEnded('The step agent has ended'));
    const mark = `\x1e${randomBytes(16).toString('hex')}`;
    return new Promise((resolve, reject) => {
      let missing: AgentReply['missing'];
      const pending: Pending = {
        mark,
        output: request.output,
        reject,
        onStart: (kind, pid) => {
          if (kind === 'c') missing = 'folder';
          if (kind === 'n') missing = 'program';
          if (kind === 'p') request.started?.(pid);
        },
        onEnd: ([, code, held]) => {
          this.#pending.delete(pending);
          if (held === '1') this.#spent = true;
          resolve({ code: Number(code), ...(missing === undefined ? {} : { missing }) });
        },
      };
      this.#pending.add(pending);
      this.#answers.stdout.expect(pending);
      this.#answers.stderr.expect(pending);
      this.#stream.write(request.text(mark));
    });
  }

  /** Ends the shell; what it still runs is left to the caller. */
  end(): void {
    this.#ended = true;
    this.#stream.destroy();
  }

  async #pump(): Promise<void> {
    let failure: unknown;
    const frames = new FrameReader();
    try {
      for await (const chunk of this.#stream) {
        for (const { stream, bytes } of frames.read(chunk)) {
          for (const piece of this.#answers[stream].read(bytes)) {
            const wait = piece.owed.output[stream](piece.bytes);
            if (wait !== undefined) await wait;
          }
        }
      }
    } catch (error) {
      failure = error;
    }
    this.#ended = true;
    const gone = new AgentEnded('The step agent ended', { cause: failure });
    for (const pending of this.#pending) pending.reject(gone);
    this.#pending.clear();
  }
}

/** Starts an agent as `user`, with nothing of the container's environment but PATH. */
export async function startAgent(
  docker: Docker,
  containerId: string,
  user: string,
): Promise<StepAgent> {
  const exec = await docker.getContainer(containerId).exec({
    Cmd: ['sh', '-c', 'exec env -i PATH="$PATH" sh'],
    User: user,
    WorkingDir: '/',
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  return new StepAgent(stream);
}
