import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Reconciler } from '../services/reconciler.ts';
import { createLoop } from './loop.ts';
import type { Part } from './part.ts';

interface ReconcilerWorkerDeps {
  readonly reconciler: Reconciler;
  readonly clock: Clock;
  readonly log: Log;
}

/** Reconciles at the start and then again and again. */
export const createReconcilerWorker = (
  { reconciler, clock, log }: ReconcilerWorkerDeps,
  { everyMs }: { readonly everyMs: number },
): Part =>
  createLoop(
    { name: 'reconciler', turn: () => reconciler.turn(), clock, log },
    { everyMs, retryMs: everyMs },
  );
