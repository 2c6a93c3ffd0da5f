import WebSocket from 'ws';
import type { Clock } from '../../ports/clock.ts';

/** The live console of one job (protocol E.4). Best effort: it drops lines, it never throws. */
export interface LiveFeed {
  send(stepId: string, startLine: number, lines: Iterable<string>): void;
  close(): Promise<void>;
}

export interface LiveFeedDeps {
  readonly clock: Clock;
  readonly url: string;
  readonly token: string;
  readonly userAgent: string;
}

interface Batch {
  readonly stepId: string;
  readonly startLine: number;
  readonly lines: readonly string[];
}

const QUEUE_LINES = 1024;
const BATCH_LINES = 100;
const CYCLE_LINES = 500;
const LINE_CHARS = 1024;
const FRAME_BYTES = 1024;
const BEHIND_BYTES = 1024 * 1024;
const CONNECT_TIMEOUT_MS = 30_000;
const CONNECT_TRIES = 3;
const RETRY_AFTER_MS = 10 * 60_000;
const CLOSE_TIMEOUT_MS = 2_000;
const FAST_CYCLES = 240;
const LAST_BATCHES = 2;

const cut = (line: string): string =>
  line.length > LINE_CHARS ? `${line.slice(0, LINE_CHARS)}...` : line;

/** Connects with the first line and flushes every 250 ms, after a minute every 500 ms. */
class SocketFeed implements LiveFeed {
  readonly #deps: LiveFeedDeps;
  readonly #stopped = new AbortController();
  #queue: Batch[] = [];
  #queuedLines = 0;
  #socket: WebSocket | null = null;
  #loop: Promise<void> | null = null;
  #failures = 0;
  #retryAt = 0;

  constructor(deps: LiveFeedDeps) {
    this.#deps = deps;
  }

  send(stepId: string, startLine: number, lines: Iterable<string>): void {
    if (this.#stopped.signal.aborted || this.#queuedLines >= QUEUE_LINES) return;
    let batch: string[] = [];
    let from = startLine;
    const queue = () => {
      if (batch.length > 0) this.#queue.push({ stepId, startLine: from, lines: batch });
      from += batch.length;
      batch = [];
    };
    for (const line of lines) {
      batch.push(cut(line));
      this.#queuedLines += 1;
      if (batch.length === BATCH_LINES) queue();
      if (this.#queuedLines >= QUEUE_LINES) break;
    }
    queue();
    this.#loop ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    const socket = this.#socket;
    if (socket === null) return;
    this.#flush(this.#queue.splice(-LAST_BATCHES));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.close(1000);
    });
    socket.terminate();
  }

  async #run(): Promise<void> {
    for (let cycle = 0; !this.#stopped.signal.aborted; cycle += 1) {
      if (this.#queue.length > 0 && (await this.#connected())) this.#flush(this.#take());
      await this.#deps.clock.sleep(cycle < FAST_CYCLES ? 250 : 500, this.#stopped.signal);
    }
  }

  #take(): Batch[] {
    const taken: Batch[] = [];
    let lines = 0;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (lines + next.lines.length > CYCLE_LINES) break;
      this.#queue.shift();
      this.#queuedLines -= next.lines.length;
      lines += next.lines.length;
      taken.push(next);
    }
    return taken;
  }

  #flush(batches: readonly Batch[]): void {
    const socket = this.#socket;
    for (const batch of batches) {
      if (socket === null || socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > BEHIND_BYTES) return;
      const { stepId, startLine } = batch;
      const value = batch.lines;
      const text = JSON.stringify({ count: value.length, value, stepId, startLine });
      sendFrames(socket, Buffer.from(text, 'utf8'));
    }
  }

  /** Whether there is an open socket; after three failures only every ten minutes. */
  async #connected(): Promise<boolean> {
    if (this.#socket !== null) return true;
    if (this.#deps.clock.now() < this.#retryAt) {
      this.#dropQueue();
      return false;
    }
    this.#socket = await connect(this.#deps, this.#stopped.signal, () => {
      this.#socket = null;
    });
    if (this.#socket !== null) {
      this.#failures = 0;
      return true;
    }
    this.#failures += 1;
    if (this.#failures < CONNECT_TRIES) return false;
    this.#failures = 0;
    this.#retryAt = this.#deps.clock.now() + RETRY_AFTER_MS;
    return false;
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#queuedLines = 0;
  }
}

function connect(
  deps: LiveFeedDeps,
  stopped: AbortSignal,
  onClose: () => void,
): Promise<WebSocket | null> {
  return new Promise((resolve) => {
    const socket = openSocket(deps);
    if (socket === null || stopped.aborted) {
      socket?.on('error', () => undefined);
      socket?.terminate();
      resolve(null);
      return;
    }
    const giveUp = (): void => {
      socket.terminate();
      resolve(null);
    };
    stopped.addEventListener('abort', giveUp, { once: true });
    socket.once('open', () => {
      stopped.removeEventListener('abort', giveUp);
      resolve(socket);
    });
    socket.on('error', () => resolve(null));
    socket.once('close', () => {
      stopped.removeEventListener('abort', giveUp);
      onClose();
      resolve(null);
    });
  });
}

/** The constructor throws for URLs that are no `ws:` or `wss:`. */
function openSocket(deps: LiveFeedDeps): WebSocket | null {
  try {
    return new WebSocket(deps.url, {
      headers: { Authorization: `Bearer ${deps.token}`, 'User-Agent': deps.userAgent },
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      perMessageDeflate: false,
    });
  } catch {
    return null;
  }
}

/** One text message in frames of 1024 bytes with FIN on the last (protocol E.4). */
function sendFrames(socket: WebSocket, message: Buffer): void {
  for (let from = 0; from < message.length; from += FRAME_BYTES) {
    const frame = message.subarray(from, from + FRAME_BYTES);
    const fin = from + FRAME_BYTES >= message.length;
    socket.send(frame, { binary: false, fin }, () => undefined);
  }
}

export function openLiveFeed(deps: LiveFeedDeps | null): LiveFeed {
  if (deps === null || !/^wss?:/.test(deps.url)) {
    return { send: () => undefined, close: async () => undefined };
  }
  return new SocketFeed(deps);
}
