import type { JobId } from '../domain/ids.ts';

/**
 * The hub's own copy of job logs: one text per step, lines with their timestamp in front
 * (protocol E.3), masked before they come here.
 */
export interface LogStore {
  /** Adds lines (each with its line end) to a step's log. Order per step is the order of calls. */
  append(job: JobId, step: number, text: string | Uint8Array): Promise<void>;
  /** The step's log so far; empty when it has none. `from` is a byte offset. */
  read(job: JobId, step: number, from?: number): Promise<string>;
  remove(job: JobId): Promise<void>;
}
