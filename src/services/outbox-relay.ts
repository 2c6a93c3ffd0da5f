import type { DispatchQueue } from '../ports/dispatch-queue.ts';
import type { Outbox } from '../ports/job-ledger.ts';

interface OutboxRelayDeps {
  readonly outbox: Outbox;
  readonly queue: Pick<DispatchQueue, 'enqueue'>;
}

export interface OutboxRelayNumbers {
  /** Most entries in one transaction. */
  readonly batch: number;
  /** Looks at least so often, should a notice get lost. */
  readonly pollMs: number;
}

export interface OutboxRelay {
  /** Hands everything that is in the outbox to the queue, then waits until there may be more. */
  turn(signal: AbortSignal): Promise<void>;
}

export function createOutboxRelay(
  { outbox, queue }: OutboxRelayDeps,
  { batch, pollMs }: OutboxRelayNumbers,
): OutboxRelay {
  return {
    turn: async (signal) => {
      while (!signal.aborted) {
        const sent = await outbox.relay(batch, (jobs) => queue.enqueue(jobs));
        if (sent < batch) break;
      }
      await outbox.wait(pollMs, signal);
    },
  };
}
