import type { StandinClock } from '../dependencies.ts';
import { CANCEL_TIMEOUT_MS } from '../scheduler/cancel.ts';
import type { Runner } from '../state/model.ts';
import { newMessageId, type Store } from '../state/store.ts';

/** Until this has passed, a message that was written to a poll is not written to the next one. */
const REDELIVER_MS = 5_000;

interface Outgoing {
  readonly message: {
    readonly messageId: number;
    readonly messageType: string;
    readonly body: string;
  };
  /** Takes the delivery back, because the poll ended before its answer was written. */
  readonly undo: () => void;
}

/** The next message for a poll, or how long to wait before looking again. */
export type Mail = Outgoing | { readonly waitMs: number };

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly runServiceUrl: () => string;
}

interface Delivery {
  deliveredAt: number | null;
}

/**
 * What there is for a runner. Messages are not kept in a queue but read from the state, so that an
 * aborted poll cannot lose one: a job is shown until the runner acknowledges or acquires it, a
 * cancellation until the job has ended (protocol B.1, J.25).
 */
export function nextMail(deps: Deps, runner: Runner): Mail {
  const { store, clock } = deps;
  const job = runner.jobId === null ? undefined : store.jobs.get(runner.jobId);
  if (job?.cancellation) {
    const seconds = CANCEL_TIMEOUT_MS / 1000;
    const timeout = `00:0${Math.floor(seconds / 60)}:00`;
    return deliver(job.cancellation, clock, 'JobCancellation', { jobId: job.backendId, timeout });
  }
  const offered = runner.offer === null ? undefined : store.jobs.get(runner.offer.jobId);
  if (runner.session?.status !== 'Online' || runner.offer === null || offered === undefined) {
    return { waitMs: Number.POSITIVE_INFINITY };
  }
  if (runner.offer.acknowledged) return { waitMs: Number.POSITIVE_INFINITY };
  return deliver(runner.offer, clock, 'RunnerJobRequest', {
    id: offered.backendId,
    runner_request_id: offered.backendId,
    should_acknowledge: true,
    run_service_url: deps.runServiceUrl(),
    billing_owner_id: `O_${offered.run.repository.owner}`,
  });
}

function deliver(
  delivery: Delivery,
  clock: StandinClock,
  messageType: string,
  body: unknown,
): Mail {
  const before = delivery.deliveredAt;
  if (before !== null && clock.now() - before < REDELIVER_MS) {
    return { waitMs: REDELIVER_MS - (clock.now() - before) };
  }
  delivery.deliveredAt = clock.now();
  return {
    message: { messageId: newMessageId(), messageType, body: JSON.stringify(body) },
    undo: () => {
      delivery.deliveredAt = before;
    },
  };
}
