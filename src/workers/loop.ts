import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Part } from './part.ts';

interface LoopDeps {
  readonly name: string;
  /**
   * One turn of work; it may answer how long to pause after it, in milliseconds. A throwing turn is
   * made again after a pause.
   */
  readonly turn: (signal: AbortSignal) => Promise<number> | Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface LoopNumbers {
  /** Pause between two turns. */
  readonly everyMs: number;
  /** Pause after a turn that failed. */
  readonly retryMs: number;
}

/**
 * A part that makes turns, one after the other, until it is stopped. An outage is logged at its
 * beginning and at its end, not with every turn.
 */
export function createLoop({ name, turn, clock, log }: LoopDeps, numbers: LoopNumbers): Part {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let isFailing = false;

  const oneTurn = async (): Promise<number> => {
    try {
      const pauseMs = await turn(stopping.signal);
      if (isFailing) log.info('loop works again', { loop: name });
      isFailing = false;
      return typeof pauseMs === 'number' ? pauseMs : numbers.everyMs;
    } catch (error) {
      if (!isFailing)
        log.warn('loop fails, will go on trying', { loop: name, error: messageOf(error) });
      isFailing = true;
      return numbers.retryMs;
    }
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      const pauseMs = await oneTurn();
      if (pauseMs > 0) await clock.sleep(pauseMs, stopping.signal);
    }
  };

  return {
    name,
    start: async () => {
      running ??= run();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
