import { messageOf } from '../domain/errors.ts';
import type { JobId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { BlockTaken, ReportedStep } from '../ports/job-reporter.ts';
import type { LiveEvent, LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { ResultsLog, ResultsService } from '../ports/runner-protocol.ts';
import { createFlusher, type Flusher } from './flusher.ts';
import { StampedBytes } from './stamped-bytes.ts';

export interface JobLogDeps {
  readonly results: Pick<ResultsService, 'openLog' | 'feed'>;
  readonly logs: Pick<LogStore, 'append'>;
  readonly events: Pick<LiveEvents, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Null for a job that the ledger does not know: then the hub keeps no copy. */
  readonly job: JobId | null;
}

const FLUSH_MS = 250;
/** A chunk is handed on once it has this size, so that a flood is not held for the interval. */
const CHUNK_BYTES = 512 * 1024;
/** More lines are never shown of one chunk (protocol E.4: queue of the console). */
const MOST_FEED_LINES = 1024;
/** Above this the executor is asked to wait; below half of it, it goes on. */
const MOST_PENDING_BYTES = 2 * 1024 * 1024;

interface Chunk {
  readonly step: ReportedStep;
  readonly startLine: number;
  /** What the first lines are: as many as the live console takes at most. */
  readonly parts: Part[];
  /** With timestamps and line ends. */
  readonly bytes: StampedBytes;
  count: number;
}

/** One message, which may have inner line breaks, or single lines that stand from here to there. */
type Part = { readonly message: string } | { readonly from: number; readonly to: number };

type Work = Chunk | { readonly finish: ReportedStep };

/** `2026-06-30T15:40:39.583Z` with the seven fractional digits of a log line (protocol E.3). */
export const lineInstant = (at: string): string =>
  at.replace(
    /(?:\.(\d+))?Z$/,
    (_all, digits: string = '') => `.${digits.padEnd(7, '0').slice(0, 7)}Z`,
  );

/** The instant and a space. */
const STAMP_BYTES = '2026-06-30T15:40:39.5830000Z '.length;

/**
 * The lines of a job on their way to the step logs, the job log, the live console, the hub's own
 * store and people who watch. Order is kept; what cannot be delivered is given up per target.
 */
export class JobLogLines {
  readonly #deps: JobLogDeps;
  readonly #flusher: Flusher;
  readonly #jobLog: GuardedLog;
  readonly #stepLogs = new Map<string, GuardedLog>();
  readonly #lineCounts = new Map<string, number>();
  /** Delivered; to be filled again, since freeing what floods bring takes the collector too long. */
  readonly #free: StampedBytes[] = [];
  #work: Work[] = [];
  #pendingBytes = 0;
  #relieved: (() => void)[] = [];
  #storeFailed = false;
  #stamp = { at: '', bytes: Buffer.alloc(0) };

  constructor(deps: JobLogDeps) {
    this.#deps = deps;
    this.#flusher = createFlusher(deps.clock, FLUSH_MS, () => this.#flush());
    this.#jobLog = new GuardedLog(deps.results.openLog(null), deps.log, 'job log');
  }

  /** One message, however many lines it has. A returned promise asks the caller to wait. */
  addMessage(step: ReportedStep, text: string, at: string): void | Promise<void> {
    const chunk = this.#chunkOf(step);
    if (chunk.count < MOST_FEED_LINES) chunk.parts.push({ message: text });
    const { length } = chunk.bytes;
    chunk.bytes.appendMessage(this.#stampOf(at), Buffer.from(text));
    return this.#added(chunk, length, text.split('\n').length);
  }

  /** Single lines of one instant, parted by LF. */
  addBlock(step: ReportedStep, block: Buffer, at: string): BlockTaken {
    const chunk = this.#chunkOf(step);
    const from = chunk.bytes.length;
    const lines = chunk.bytes.appendLines(this.#stampOf(at), block);
    if (chunk.count < MOST_FEED_LINES) chunk.parts.push({ from, to: chunk.bytes.length });
    return { lines, wait: this.#added(chunk, from, lines) };
  }

  #added(chunk: Chunk, before: number, lines: number): void | Promise<void> {
    const { id } = chunk.step;
    chunk.count += lines;
    this.#lineCounts.set(id, this.linesOf(id) + lines);
    this.#pendingBytes += chunk.bytes.length - before;
    this.#flusher.touch();
    if (this.#pendingBytes >= CHUNK_BYTES) this.#flusher.hurry();
    if (this.#pendingBytes < MOST_PENDING_BYTES) return;
    return new Promise((resolve) => {
      this.#relieved.push(resolve);
    });
  }

  /** The instant and the space that begin a line; many lines share one. */
  #stampOf(at: string): Buffer {
    if (at !== this.#stamp.at) this.#stamp = { at, bytes: Buffer.from(`${lineInstant(at)} `) };
    return this.#stamp.bytes;
  }

  linesOf(stepId: string): number {
    return this.#lineCounts.get(stepId) ?? 0;
  }

  finishStep(step: ReportedStep): void {
    this.#work.push({ finish: step });
    this.#flusher.touch();
  }

  async drain(): Promise<void> {
    await this.#flusher.finish();
    await this.#jobLog.finish();
  }

  #chunkOf(step: ReportedStep): Chunk {
    const last = this.#work.at(-1);
    const open = last !== undefined && 'bytes' in last && last.step.id === step.id;
    if (open && last.bytes.length < CHUNK_BYTES) return last;
    const startLine = this.linesOf(step.id) + 1;
    const chunk: Chunk = {
      step,
      startLine,
      parts: [],
      bytes: this.#free.pop() ?? new StampedBytes(),
      count: 0,
    };
    this.#work.push(chunk);
    return chunk;
  }

  async #flush(): Promise<void> {
    for (let next = this.#work.shift(); next !== undefined; next = this.#work.shift()) {
      if ('finish' in next) await this.#finishStepLog(next.finish.id);
      else await this.#deliver(next);
    }
  }

  async #deliver(chunk: Chunk): Promise<void> {
    const { step, parts, count, startLine } = chunk;
    const { bytes } = chunk.bytes;
    const { job, events, results } = this.#deps;
    results.feed(step.id, startLine, linesIn(parts, bytes));
    if (job !== null) events.publish(linesEvent(job, step.number, bytes));
    await Promise.all([
      this.#store(step, bytes),
      this.#stepLog(step.id).append(bytes, count),
      this.#jobLog.append(bytes, count),
    ]);
    this.#pendingBytes -= bytes.length;
    if (chunk.bytes.clear()) this.#free.push(chunk.bytes);
    if (this.#pendingBytes > MOST_PENDING_BYTES / 2) return;
    for (const resolve of this.#relieved.splice(0)) resolve();
  }

  #stepLog(stepId: string): GuardedLog {
    const open = this.#stepLogs.get(stepId);
    if (open !== undefined) return open;
    const target = this.#deps.results.openLog(stepId);
    const opened = new GuardedLog(target, this.#deps.log.child({ step: stepId }), 'step log');
    this.#stepLogs.set(stepId, opened);
    return opened;
  }

  async #finishStepLog(stepId: string): Promise<void> {
    await this.#stepLogs.get(stepId)?.finish();
    this.#stepLogs.delete(stepId);
  }

  async #store(step: ReportedStep, bytes: Uint8Array): Promise<void> {
    if (this.#deps.job === null) return;
    try {
      await this.#deps.logs.append(this.#deps.job, step.number, bytes);
    } catch (error) {
      if (this.#storeFailed) return;
      this.#storeFailed = true;
      this.#deps.log.error('log lines not stored', { detail: messageOf(error) });
    }
  }
}

/** What the live console shows; it takes only the first of a flood, so the rest is never cut out. */
function* linesIn(parts: readonly Part[], bytes: Buffer): Generator<string> {
  for (const part of parts) {
    if ('message' in part) {
      yield part.message;
      continue;
    }
    for (let at = part.from, end = at; at < part.to; at = end + 1) {
      end = bytes.indexOf(0x0a, at);
      yield bytes.toString('utf8', at + STAMP_BYTES, end);
    }
  }
}

/** Decoded only where somebody watches, and at once: the bytes are used again. */
const linesEvent = (job: JobId, step: number, bytes: Buffer): LiveEvent => ({
  kind: 'lines',
  job,
  step,
  get text() {
    return bytes.toString();
  },
});

/** A log at the results service that is given up after its first final failure. */
class GuardedLog {
  readonly #target: ResultsLog;
  readonly #log: Log;
  readonly #what: string;
  #broken = false;

  constructor(target: ResultsLog, log: Log, what: string) {
    this.#target = target;
    this.#log = log;
    this.#what = what;
  }

  append(text: Uint8Array, lines: number): Promise<void> {
    return this.#try(() => this.#target.append(text, lines));
  }

  finish(): Promise<void> {
    return this.#try(() => this.#target.finish());
  }

  async #try(call: () => Promise<void>): Promise<void> {
    if (this.#broken) return;
    try {
      await call();
    } catch (error) {
      this.#broken = true;
      const fields = { what: this.#what, detail: messageOf(error) };
      this.#log.warn('log not delivered to github', fields);
    }
  }
}
