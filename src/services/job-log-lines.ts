import { messageOf } from '../domain/errors.ts';
import type { JobId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReportedStep } from '../ports/job-reporter.ts';
import type { LiveEvents } from '../ports/live-events.ts';
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
const CHUNK_CHARS = 256 * 1024;
/** Above this the executor is asked to wait; below half of it, it goes on. */
const MOST_PENDING_CHARS = 2 * 1024 * 1024;

interface Chunk {
  readonly step: ReportedStep;
  readonly startLine: number;
  readonly lines: string[];
  text: string;
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
  #work: Work[] = [];
  #pendingChars = 0;
  #relieved: (() => void)[] = [];
  #storeFailed = false;

  constructor(deps: JobLogDeps) {
    this.#deps = deps;
    this.#flusher = createFlusher(deps.clock, FLUSH_MS, () => this.#flush());
    this.#jobLog = new GuardedLog(deps.results.openLog(null), deps.log, 'job log');
  }

  /** Lines of one instant. A returned promise asks the caller to wait. */
  add(step: ReportedStep, texts: readonly string[], at: string): void | Promise<void> {
    const stamp = lineInstant(at);
    for (const text of texts) this.#addLine(step, text, stamp);
    this.#flusher.touch();
    if (this.#pendingChars >= CHUNK_CHARS) this.#flusher.hurry();
    if (this.#pendingChars < MOST_PENDING_CHARS) return;
    return new Promise((resolve) => {
      this.#relieved.push(resolve);
    });
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

  #addLine(step: ReportedStep, text: string, stamp: string): void {
    const chunk = this.#chunkOf(step);
    const line = `${stamp} ${text}\n`;
    const count = 1 + (text.match(/\n/g)?.length ?? 0);
    chunk.text += line;
    chunk.lines.push(text);
    chunk.count += count;
    this.#lineCounts.set(step.id, this.linesOf(step.id) + count);
    this.#pendingChars += line.length;
  }

  #chunkOf(step: ReportedStep): Chunk {
    const last = this.#work.at(-1);
    const open = last !== undefined && 'text' in last && last.step.id === step.id;
    if (open && last.text.length < CHUNK_CHARS) return last;
    const startLine = this.linesOf(step.id) + 1;
    const chunk: Chunk = { step, startLine, lines: [], text: '', count: 0 };
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
    const { step, text, lines, count, startLine } = chunk;
    const { job, events, results } = this.#deps;
    results.feed(step.id, startLine, lines);
    if (job !== null) events.publish({ kind: 'lines', job, step: step.number, text });
    await Promise.all([
      this.#store(step, text),
      this.#stepLog(step.id).append(text, count),
      this.#jobLog.append(text, count),
    ]);
    this.#pendingChars -= text.length;
    if (this.#pendingChars > MOST_PENDING_CHARS / 2) return;
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

  async #store(step: ReportedStep, text: string): Promise<void> {
    if (this.#deps.job === null) return;
    try {
      await this.#deps.logs.append(this.#deps.job, step.number, text);
    } catch (error) {
      if (this.#storeFailed) return;
      this.#storeFailed = true;
      this.#deps.log.error('log lines not stored', { detail: messageOf(error) });
    }
  }
}

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

  append(text: string, lines: number): Promise<void> {
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
