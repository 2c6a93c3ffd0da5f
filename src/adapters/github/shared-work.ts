import { AppError } from '../../domain/errors.ts';

interface Underway {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  waiting: number;
}

/**
 * Work that several callers need at once is done once. It is called off when nobody waits for it any
 * longer; a caller's own signal only ends its waiting.
 */
export class SharedWork {
  readonly #underway = new Map<string, Underway>();

  async run(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const mine = this.#underway.get(key) ?? this.#start(key, work);
    mine.waiting += 1;
    try {
      await unlessAborted(mine.done, signal);
    } finally {
      mine.waiting -= 1;
      if (mine.waiting === 0) this.#end(key, mine);
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<void>): Underway {
    const abort = new AbortController();
    const started: Underway = { done: work(abort.signal), abort, waiting: 0 };
    this.#underway.set(key, started);
    const end = () => this.#end(key, started);
    started.done.then(end, end);
    return started;
  }

  /** Nobody may join work that is called off. */
  #end(key: string, ended: Underway): void {
    if (this.#underway.get(key) === ended) this.#underway.delete(key);
    ended.abort.abort();
  }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const cancelled = () => new AppError('cancelled', 'cancelled while an action was fetched');
  if (signal.aborted) throw cancelled();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(cancelled());
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
