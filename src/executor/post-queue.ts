import type { ReportedStep } from '../ports/job-reporter.ts';
import type { JobRecord } from './job-record.ts';

/**
 * What runs after the main stages, last come first. Its records have numbers above all others, kept
 * free when the first is registered: as many as there are records by then, given out from the top
 * (protocol E.2).
 */
export class PostQueue {
  readonly #records: JobRecord[] = [];
  /** Records that were registered so far, those that have run included. */
  #count = 0;

  /**
   * Adds a record; `counter` holds the last number of the job. Returns what has been added.
   */
  register(
    counter: { lastNumber: number },
    id: string,
    name: string,
    build: (record: ReportedStep) => JobRecord,
  ): void {
    if (this.#count === 0) counter.lastNumber *= 2;
    const number = counter.lastNumber - this.#count++;
    this.#records.push(build({ id, number, name }));
  }

  next(): JobRecord | undefined {
    return this.#records.pop();
  }
}
