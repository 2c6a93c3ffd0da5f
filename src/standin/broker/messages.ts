import type { Address, StandinClock } from '../dependencies.ts';
import { runServiceUrl } from '../run-service/url.ts';
import { CANCEL_TIMEOUT_MS } from '../scheduler/cancel.ts';
import type { Runner } from '../state/model.ts';
import { newMessageId, type Store } from '../state/store.ts';

/** Until this has passed, a job that was written to a poll is not written to the next one. */
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
  readonly address: Address;
}

interface Delivery {
  deliveredAt: number | null;
}

/**
 * What there is for a runner. Messages are not kept in a queue but read from the state, so that an
 * aborted poll cannot lose one: a job is shown until the runner acknowledges or acquires it, a
 * cancellation on every poll until the job has ended (protocol B.1, C.1, J.25).
 */
export function nextMail(deps: Deps, runner: Runner): Mail {
  const { store, clock } = deps;
  const job = runner.jobId === null ? undefined : store.jobs.get(runner.jobId);
  if (job?.cancellation) {
    const seconds = CANCEL_TIMEOUT_MS / 1000;
    const timeout = `00:0${Math.floor(seconds / 60)}:00`;
    return deliver(job.cancellation, clock, 0, 'JobCancellation', {
      jobId: job.backendId,
      timeout,
    });
  }
  if (runner.mail.length > 0) return sendMail(runner);
  const offered = runner.offer === null ? undefined : store.jobs.get(runner.offer.jobId);
  if (runner.session?.status !== 'Online' || runner.offer === null || offered === undefined) {
    return { waitMs: Number.POSITIVE_INFINITY };
  }
  if (runner.offer.acknowledged) return { waitMs: Number.POSITIVE_INFINITY };
  return deliver(runner.offer, clock, REDELIVER_MS, 'RunnerJobRequest', {
    id: offered.backendId,
    runner_request_id: offered.backendId,
    should_acknowledge: true,
    run_service_url: runServiceUrl(deps.address, offered),
    billing_owner_id: `O_${offered.run.repository.owner}`,
  });
}

/** A message of the server's own goes out once. */
function sendMail(runner: Runner): Mail {
  const before = runner.mail;
  const [first, ...rest] = before;
  runner.mail = rest;
  const { messageType = '', body = {} } = first ?? {};
  return {
    message: { messageId: newMessageId(), messageType, body: JSON.stringify(body) },
    undo: () => {
      runner.mail = before;
    },
  };
}

function deliver(
  delivery: Delivery,
  clock: StandinClock,
  againAfterMs: number,
  messageType: string,
  body: unknown,
): Mail {
  const before = delivery.deliveredAt;
  if (before !== null && clock.now() - before < againAfterMs) {
    return { waitMs: againAfterMs - (clock.now() - before) };
  }
  delivery.deliveredAt = clock.now();
  return {
    message: { messageId: newMessageId(), messageType, body: JSON.stringify(body) },
    undo: () => {
      delivery.deliveredAt = before;
    },
  };
}
