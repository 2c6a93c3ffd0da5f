import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports/log.ts';

/** Something with a lifetime: created stopped, started once, stopped once. */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  /** Stops taking work, finishes or hands back, closes. Must be safe when `start` failed half-way. */
  stop(): Promise<void>;
  /** How long `stop` may take before it is given up, in milliseconds; 10 s unless told. */
  readonly stopWithinMs?: number;
}

const STOP_WITHIN_MS = 10_000;

/**
 * Starts parts in order and stops them in reverse, each with a deadline. A part that fails to start
 * stops those before it and the failure is thrown; a part that fails to stop is logged and the rest
 * is stopped all the same.
 */
export class Lifecycle {
  readonly #parts: readonly Part[];
  readonly #log: Log;
  #started: Part[] = [];
  #stopping: Promise<void> | null = null;

  constructor(parts: readonly Part[], log: Log) {
    this.#parts = parts;
    this.#log = log;
  }

  async start(): Promise<void> {
    for (const part of this.#parts) {
      this.#started.push(part);
      try {
        await part.start();
        this.#log.debug('part started', { part: part.name });
      } catch (error) {
        await this.stop();
        throw error;
      }
    }
  }

  /** Repeatable: a second call waits for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const part of [...this.#started].reverse()) await this.#stopOne(part);
    this.#started = [];
  }

  async #stopOne(part: Part): Promise<void> {
    const limit = part.stopWithinMs ?? STOP_WITHIN_MS;
    const late = deadline(limit);
    try {
      if ((await Promise.race([part.stop(), late.promise])) === 'late') {
        this.#log.warn('part did not stop in time', { part: part.name, limitMs: limit });
      }
    } catch (error) {
      this.#log.warn('part failed to stop', { part: part.name, error: messageOf(error) });
    } finally {
      late.clear();
    }
  }
}

function deadline(ms: number): { promise: Promise<'late'>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  return { promise, clear: () => clearTimeout(timer) };
}
