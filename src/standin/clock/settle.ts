import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';

/** Turns of the event loop in which what was woken begins, and what it wakes in turn. */
const TURNS = 5;
/** A receiver of webhooks may take long, and its time limit may be by a clock that waits for us. */
const LONGEST_MS = 1_000;
const LOOK_MS = 2;

/**
 * Waits until what has begun is over: by the machine's time, and not for ever, as it may wait for the
 * stand-in's clock itself.
 */
export function createSettle(isIdle: () => boolean) {
  return async (): Promise<void> => {
    for (let count = 0; count < TURNS; count++) await turn();
    const deadline = performance.now() + LONGEST_MS;
    while (!isIdle() && performance.now() < deadline) await wait(LOOK_MS);
  };
}
