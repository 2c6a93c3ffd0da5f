import type { JobId } from '../domain/ids.ts';

export interface EnqueueOptions {
  /** Not before so many milliseconds from now. */
  readonly delayMs?: number;
}

/** What the worker did with an entry: done for now, or look again later. */
export type Handled = { readonly done: true } | { readonly retryInMs: number };

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/**
 * Jobs that the dispatcher should look at. Delivery is at least once and in no firm order, and an
 * entry may name a job that needs nothing any more: the ledger decides, the queue only reminds.
 *
 * Enqueuing a job that already waits in the queue adds nothing. Losing the whole queue loses no
 * job: the reconciler enqueues every queued job again.
 */
export interface DispatchQueue {
  enqueue(jobs: readonly JobId[], options?: EnqueueOptions): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** Throws `AppError('queue-down')` when the backing store does not answer. */
  ping(): Promise<void>;
  /**
   * Starts to hand entries to `handle`, at most `concurrency` at once. A throwing handler makes the
   * entry come back with exponential backoff. `close` on the answer waits for handlers under way.
   */
  consume(concurrency: number, handle: (job: JobId) => Promise<Handled>): Promise<AsyncDisposable>;
  close(): Promise<void>;
}
