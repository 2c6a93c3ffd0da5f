import { countLines } from '../domain/count-lines.ts';
import { messageOf } from '../domain/errors.ts';
import type { JobId } from '../domain/ids.ts';
import { SegmentBuffer, type SegmentKind, segmentsIn } from '../domain/log-segments.ts';
import { StampedBytes } from '../domain/stamped-bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { BlockTaken, ReportedStep } from '../ports/job-reporter.ts';
import type { LiveEvent, LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { ResultsLog, ResultsService } from '../ports/runner-protocol.ts';
import { createFlusher, type Flusher } from './flusher.ts';

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
/** Above this the executor is asked to wait; below half of it, it goes on. */
const MOST_PENDING_BYTES = 2 * 1024 * 1024;

interface Chunk {
  readonly step: ReportedStep;
  readonly startLine: number;
  readonly segments: SegmentBuffer;
  count: number;
}

type Work = Chunk | { readonly finish: ReportedStep };

/** `2026-06-30T15:40:39.583Z` with the seven fractional digits of a log line (protocol E.3). */
export const lineInstant = (at: string): string =>
  at.replace(
    /(?:\.(\d+))?Z$/,
    (_all, digits: string = '') => `.${digits.padEnd(7, '0').slice(0, 7)}Z`,
  );

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
  readonly #free: SegmentBuffer[] = [];
  /** What is on its way to GitHub, in room that is used again. */
  readonly #stamped = new StampedBytes();
  #work: Work[] = [];
  #pendingBytes = 0;
  #relieved: (() => void)[] = [];
  #storeFailed = false;
  #instant = { at: '', text: '' };

  constructor(deps: JobLogDeps) {
    this.#deps = deps;
    this.#flusher = createFlusher(deps.clock, FLUSH_MS, () => this.#flush());
    this.#jobLog = new GuardedLog(deps.results.openLog(null), deps.log, 'job log');
  }

  /** One message, however many lines it has. A returned promise asks the caller to wait. */
  addMessage(step: ReportedStep, text: string, at: string): void | Promise<void> {
    return this.#add(step, 'message', Buffer.from(text), at).wait;
  }

  /** Single lines of one instant, parted by LF. */
  addBlock(step: ReportedStep, block: Buffer, at: string): BlockTaken {
    return this.#add(step, 'lines', block, at);
  }

  #add(step: ReportedStep, kind: SegmentKind, body: Buffer, at: string): BlockTaken {
    const chunk = this.#chunkOf(step);
    const before = chunk.segments.length;
    chunk.segments.append(this.#instantOf(at), kind, body);
    this.#pendingBytes += chunk.segments.length - before;
    const lines = countLines(body);
    chunk.count += lines;
    this.#lineCounts.set(step.id, this.linesOf(step.id) + lines);
    this.#flusher.touch();
    if (this.#pendingBytes >= CHUNK_BYTES) this.#flusher.hurry();
    return { lines, wait: this.#pendingBytes < MOST_PENDING_BYTES ? undefined : this.#relief() };
  }

  #relief(): Promise<void> {
    return new Promise((resolve) => {
      this.#relieved.push(resolve);
    });
  }

  /** Many lines share one instant, and making its text costs more than all else about a line. */
  #instantOf(at: string): string {
    if (at !== this.#instant.at) this.#instant = { at, text: lineInstant(at) };
    return this.#instant.text;
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
    const open = last !== undefined && 'segments' in last && last.step.id === step.id;
    if (open && last.segments.length < CHUNK_BYTES) return last;
    const startLine = this.linesOf(step.id) + 1;
    const chunk: Chunk = {
      step,
      startLine,
      segments: this.#free.pop() ?? new SegmentBuffer(),
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
    const { step, startLine, segments } = chunk;
    const { bytes } = segments;
    const { job, events, results } = this.#deps;
    results.feed(step.id, startLine, linesIn(bytes));
    if (job !== null) events.publish(linesEvent(job, step.number, bytes));
    await Promise.all([this.#store(step, bytes), this.#upload(chunk)]);
    this.#pendingBytes -= bytes.length;
    segments.clear();
    this.#free.push(segments);
    if (this.#pendingBytes > MOST_PENDING_BYTES / 2) return;
    for (const resolve of this.#relieved.splice(0)) resolve();
  }

  async #upload({ step, segments, count }: Chunk): Promise<void> {
    const takers = [this.#stepLog(step.id), this.#jobLog].filter(({ isOpen }) => isOpen);
    if (takers.length === 0) return;
    this.#stamped.clear();
    for (const segment of segmentsIn(segments.bytes)) this.#stamped.append(segment);
    await Promise.all(takers.map((taker) => taker.append(this.#stamped.bytes, count)));
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
function* linesIn(segments: Buffer): Generator<string> {
  for (const { kind, body } of segmentsIn(segments)) {
    if (kind === 'message') yield body.toString();
    else yield* singleLines(body);
  }
}

function* singleLines(body: Buffer): Generator<string> {
  for (let at = 0; at <= body.length; ) {
    const found = body.indexOf(0x0a, at);
    const end = found < 0 ? body.length : found;
    yield body.toString('utf8', at, end);
    at = end + 1;
  }
}

/** Decoded only where somebody watches, and at once: the bytes are used again. */
const linesEvent = (job: JobId, step: number, segments: Buffer): LiveEvent => ({
  kind: 'lines',
  job,
  step,
  get text() {
    const stamped = new StampedBytes();
    for (const segment of segmentsIn(segments)) stamped.append(segment);
    return stamped.bytes.toString();
  },
});

/** A log at the results service that is given up after its first final failure. */
class GuardedLog {
  readonly #target: ResultsLog | null;
  readonly #log: Log;
  readonly #what: string;
  #broken = false;

  constructor(target: ResultsLog | null, log: Log, what: string) {
    this.#target = target;
    this.#log = log;
    this.#what = what;
  }

  /** Whether somebody takes it, as far as is known. */
  get isOpen(): boolean {
    return this.#target !== null && !this.#broken;
  }

  append(text: Uint8Array, lines: number): Promise<void> {
    return this.#try((target) => target.append(text, lines));
  }

  finish(): Promise<void> {
    return this.#try((target) => target.finish());
  }

  async #try(call: (target: ResultsLog) => Promise<void>): Promise<void> {
    if (this.#target === null || this.#broken) return;
    try {
      await call(this.#target);
    } catch (error) {
      this.#broken = true;
      const fields = { what: this.#what, detail: messageOf(error) };
      this.#log.warn('log not delivered to github', fields);
    }
  }
}
