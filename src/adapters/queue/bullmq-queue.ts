import type { JobsOptions, Processor, Queue, QueueOptions, Worker, WorkerOptions } from 'bullmq';
import { AppError, isAppError, messageOf } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import type { DispatchQueue, EnqueueOptions, Handled } from '../../ports/dispatch-queue.ts';
import type { Log } from '../../ports/log.ts';

export const QUEUE_NAME = 'dispatch';
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 30_000;
/** Finished entries are kept only to be looked at by people. */
const KEPT = { count: 500 };

export interface Entry {
  readonly job: JobId;
}

export type EntryQueue = Pick<Queue<Entry, Handled>, 'on' | 'addBulk' | 'getJobCounts' | 'close'>;
export type EntryWorker = Pick<Worker<Entry, Handled>, 'on' | 'waitUntilReady' | 'close'>;
export type EntryProcessor = Processor<Entry, Handled>;

/** What differs between the stores that BullMQ runs on. Each maker adds its own connection. */
export interface QueueStore {
  /** A queue that fails fast where the store is down. */
  createQueue(options: Omit<QueueOptions, 'connection'>): EntryQueue;
  /** A worker that waits for the store to come back. */
  createWorker(handle: EntryProcessor, options: Omit<WorkerOptions, 'connection'>): EntryWorker;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The dispatch queue on BullMQ, whatever its store.
 *
 * An entry is de-duplicated by the ledger's job id: one that waits swallows further ones, one that
 * is delayed is replaced by the new one (so that freed capacity is used at once), and while one is
 * active the last further one is kept and follows it.
 */
export function createBullmqQueue(store: QueueStore, log: Log): DispatchQueue {
  const queue = store.createQueue({});
  const outage = reportOutages(log);
  queue.on('error', outage.failed);
  const enqueue = (jobs: readonly JobId[], { delayMs = 0 }: EnqueueOptions = {}) =>
    whenUp(async () => {
      if (jobs.length > 0) await queue.addBulk(jobs.map((job) => entryOf(job, delayMs)));
    });
  return {
    enqueue,
    counts: () =>
      whenUp(async () => {
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
        const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
        return { waiting, active, delayed, failed };
      }),
    ping: () => whenUp(() => store.ping()),
    consume: (concurrency, handle) =>
      whenUp(() => startWorker({ store, log, enqueue, concurrency, handle })),
    close: async () => {
      await queue.close();
      await store.close();
    },
  };
}

/** Fits the 32-bit integers of the store. */
const MANY = 1_000_000_000;

const entryOf = (job: JobId, delayMs: number) => ({
  name: 'look',
  data: { job },
  opts: {
    delay: delayMs,
    attempts: MANY,
    backoff: { type: 'growing' },
    removeOnComplete: KEPT,
    removeOnFail: KEPT,
    deduplication: { id: job, replace: true, keepLastIfActive: true },
  } satisfies JobsOptions,
});

interface WorkerParts {
  readonly store: QueueStore;
  readonly log: Log;
  readonly enqueue: DispatchQueue['enqueue'];
  readonly concurrency: number;
  readonly handle: (job: JobId) => Promise<Handled>;
}

/**
 * A handler that asks to be called again ends its entry, and a new delayed entry is made after that:
 * one that somebody else enqueued meanwhile then wins, as it is to be looked at sooner.
 */
async function startWorker(parts: WorkerParts): Promise<AsyncDisposable> {
  const { store, log, enqueue, concurrency, handle } = parts;
  const again = new Set<Promise<void>>();
  const worker = store.createWorker(({ data }) => handle(data.job), {
    concurrency,
    // A worker that died is no fault of the entry; it is handed out again as often as need be.
    maxStalledCount: MANY,
    settings: { backoffStrategy: (attempts) => backoffMs(attempts, Math.random()) },
  });
  const outage = reportOutages(log);
  worker.on('error', outage.failed);
  worker.on('failed', (entry, error) => {
    log.warn('dispatch failed, will be tried again', {
      job: entry?.data.job,
      error: messageOf(error),
    });
  });
  worker.on('completed', ({ data }, result) => {
    outage.worked();
    if (!('retryInMs' in result)) return;
    const added = enqueue([data.job], { delayMs: result.retryInMs }).catch(outage.failed);
    again.add(added);
    void added.finally(() => again.delete(added));
  });
  await worker.waitUntilReady();
  return {
    [Symbol.asyncDispose]: async () => {
      await worker.close();
      await Promise.all(again);
    },
  };
}

/** 1 s, doubled with each attempt up to 30 s; the upper half of each step is chance. */
export function backoffMs(attempts: number, chance: number): number {
  const step = Math.min(FIRST_BACKOFF_MS * 2 ** Math.max(0, attempts - 1), LAST_BACKOFF_MS);
  return Math.round((step / 2) * (1 + chance));
}

/** BullMQ tells of every failed reconnection; one line per outage is enough. */
function reportOutages(log: Log) {
  let isDown = false;
  return {
    failed: (error: unknown) => {
      if (!isDown) log.warn('queue store does not answer', { error: messageOf(error) });
      isDown = true;
    },
    worked: () => {
      if (isDown) log.info('queue store answers again');
      isDown = false;
    },
  };
}

async function whenUp<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAppError(error)) throw error;
    const detail = `The queue does not answer: ${messageOf(error)}`;
    throw new AppError('queue-down', detail, { cause: error, retryable: true });
  }
}
