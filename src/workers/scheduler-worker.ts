import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Dispatch } from '../services/dispatch.ts';
import { createLoop } from './loop.ts';
import type { Part } from './part.ts';

interface SchedulerWorkerDeps {
  readonly dispatch: Pick<Dispatch, 'turn'>;
  readonly clock: Clock;
  readonly log: Log;
}

const RETRY_MS = 1_000;

/** Looks at everything that is queued, again and again; a turn says itself when the next is due. */
export const createSchedulerWorker = ({ dispatch, clock, log }: SchedulerWorkerDeps): Part =>
  createLoop(
    { name: 'scheduler', turn: (signal) => dispatch.turn(signal), clock, log },
    { everyMs: 0, retryMs: RETRY_MS },
  );
