import {
  type IssueLevel,
  type IssuePlace,
  MAX_ISSUE_LENGTH,
  MAX_ISSUES_PER_LEVEL,
  toAnnotation,
} from '../actions/annotations.ts';
import type { Annotation } from '../domain/annotation.ts';
import type { ReportedStep } from '../ports/job-reporter.ts';
import type { JobState } from './job-state.ts';

/** Line breaks inside a message count as lines of the log (protocol E.3). */
const countBreaks = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
};

type Wait = void | Promise<void>;

/** The log and the annotations of one record. Everything passes the masker on its way out. */
export class StepLog {
  readonly step: ReportedStep;
  readonly annotations: Annotation[] = [];
  readonly #state: JobState;
  readonly #counts: Record<IssueLevel, number> = { error: 0, warning: 0, notice: 0 };
  #lines = 0;
  #instant = { ms: -1, text: '' };

  constructor(state: JobState, step: ReportedStep) {
    this.#state = state;
    this.step = step;
  }

  /** Lines so far. */
  get lines(): number {
    return this.#lines;
  }

  /** One message; a returned promise asks the caller to wait. */
  write(text: string): Wait {
    const { masker, execution } = this.#state;
    const masked = masker.mask(text);
    this.#lines += 1 + countBreaks(masked);
    return execution.reporter.line(this.step, masked, this.#now());
  }

  /** Lines of output in UTF-8, parted by LF: each is a message of its own. */
  writeBlock(block: Buffer): Wait {
    const { masker, execution } = this.#state;
    if (execution.reporter.block === undefined)
      return this.#writeOneByOne(block.toString().split('\n'));
    const taken = execution.reporter.block(this.step, masker.maskLines(block), this.#now());
    this.#lines += taken.lines;
    return taken.wait;
  }

  async #writeOneByOne(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      const wait = this.write(text);
      if (wait !== undefined) await wait;
    }
  }

  /** Each line of a message, only when the job asks for debug lines. */
  debug(message: string): void {
    if (!this.#state.flags.debug) return;
    for (const line of message.split(/\r?\n/)) void this.write(`##[debug]${line}`);
  }

  error(message: string): void {
    this.issue('error', message);
  }

  warning(message: string): void {
    this.issue('warning', message);
  }

  /** A line and, up to the limits of protocol E.6, an annotation. `shown` is logged instead of the message. */
  issue(level: IssueLevel, message: string, place: IssuePlace = {}, shown?: string): void {
    const text = this.#state.masker.mask(message).slice(0, MAX_ISSUE_LENGTH);
    const logged = shown === undefined || shown === '' ? text : shown;
    const lineNumber = this.#lines + 1;
    if (logged !== '') void this.write(`##[${level}]${logged}`);
    if (text.trim() === '' || this.#counts[level]++ >= MAX_ISSUES_PER_LEVEL) return;
    const where = { stepNumber: this.step.number, lineNumber };
    this.annotations.push(toAnnotation(level, text, this.#maskPlace(place), where));
  }

  /** Making the text of an instant costs more than all else about a line, so it is kept for its ms. */
  #now(): string {
    const ms = this.#state.execution.clock.now();
    if (ms !== this.#instant.ms) this.#instant = { ms, text: new Date(ms).toISOString() };
    return this.#instant.text;
  }

  #maskPlace(place: IssuePlace): IssuePlace {
    const { masker } = this.#state;
    return {
      ...place,
      ...(place.path === undefined ? {} : { path: masker.mask(place.path) }),
      ...(place.title === undefined ? {} : { title: masker.mask(place.title) }),
    };
  }
}
