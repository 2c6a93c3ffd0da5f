import { randomUUID } from 'node:crypto';
import type { Job, Runner, Session } from '../../../src/standin/state/model.ts';
import { waitIn } from '../../../src/standin/state/open-polls.ts';
import type { Store } from '../../../src/standin/state/store.ts';

/** A runner whose open poll ends when there is a job for it. */
export function addRunner(store: Store, job: Job, onOffer: (runner: Runner) => void): Runner {
  const id = store.nextSmallId();
  const poll = new AbortController();
  const session: Session = {
    id: randomUUID(),
    ownerName: 'corpus',
    status: 'Online',
    lastSeenAt: Date.now(),
  };
  const runner: Runner = {
    id,
    scope: 'octo/demo',
    name: 'runner-1',
    groupId: 1,
    labels: job.leg.labels,
    clientId: randomUUID(),
    publicKey: {},
    ephemeral: true,
    disableUpdate: true,
    os: null,
    version: null,
    scaleSetId: null,
    seenAt: Date.now(),
    mail: [],
    session,
    offer: null,
    jobId: null,
  };
  store.runners.set(id, runner);
  waitIn(session, poll);
  poll.signal.addEventListener('abort', () => queueMicrotask(() => onOffer(runner)));
  return runner;
}

/** The runner's next poll, which a cancellation ends. */
export function listenForCancel(runner: Runner, job: Job): AbortSignal {
  const cancel = new AbortController();
  const poll = new AbortController();
  poll.signal.addEventListener('abort', () => {
    if (job.cancellation !== null) cancel.abort();
  });
  if (runner.session !== null) waitIn(runner.session, poll);
  return cancel.signal;
}
