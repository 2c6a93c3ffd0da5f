import type { DispatchQueue } from '../ports/dispatch-queue.ts';
import type { Dispatch } from '../services/dispatch.ts';
import type { Part } from './part.ts';

interface DispatchWorkerDeps {
  readonly queue: Pick<DispatchQueue, 'consume'>;
  readonly dispatch: Pick<Dispatch, 'handle'>;
}

/** Takes reminders from the queue and lets the dispatcher look at each. */
export function createDispatchWorker(
  { queue, dispatch }: DispatchWorkerDeps,
  { concurrency }: { readonly concurrency: number },
): Part {
  let consumer: AsyncDisposable | undefined;
  return {
    name: 'dispatch worker',
    start: async () => {
      consumer ??= await queue.consume(concurrency, (job) => dispatch.handle(job));
    },
    stop: async () => {
      await consumer?.[Symbol.asyncDispose]();
      consumer = undefined;
    },
  };
}
