import type { JobId } from '../domain/ids.ts';

/** Whole lines with their instants in front (protocol E.3). */
export interface LogPiece {
  readonly text: string;
  /** Where to read on. */
  readonly next: number;
}

/** The hub's own copy of job logs: one per step, masked before it comes here. */
export interface LogStore {
  /** Adds segments (`domain/log-segments.ts`). Order per step is the order of calls. */
  append(job: JobId, step: number, segments: Uint8Array): Promise<void>;
  /**
   * The step's log so far, in pieces; nothing when it has none. `from` is the `next` of a piece that
   * was read before.
   */
  read(job: JobId, step: number, from?: number): AsyncIterable<LogPiece>;
  remove(job: JobId): Promise<void>;
}
