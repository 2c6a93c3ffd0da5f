import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { OutboxRelay } from '../services/outbox-relay.ts';
import { createLoop } from './loop.ts';
import type { Part } from './part.ts';

interface OutboxRelayWorkerDeps {
  readonly relay: OutboxRelay;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps the outbox empty. The relay itself waits for work, so there is no pause between turns. */
export const createOutboxRelayWorker = ({ relay, clock, log }: OutboxRelayWorkerDeps): Part =>
  createLoop(
    { name: 'outbox relay', turn: (signal) => relay.turn(signal), clock, log },
    { everyMs: 0, retryMs: 1_000 },
  );
