import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { InstanceLease } from '../services/instance-lease.ts';
import { createLoop } from './loop.ts';
import type { Part } from './part.ts';

interface InstanceLeaseWorkerDeps {
  readonly lease: InstanceLease;
  readonly clock: Clock;
  readonly log: Log;
}

/** Holds the lease of this process from start to stop; a third of its time may pass unused. */
export function createInstanceLeaseWorker(
  { lease, clock, log }: InstanceLeaseWorkerDeps,
  { ttlMs }: { readonly ttlMs: number },
): Part {
  const loop = createLoop(
    { name: 'instance lease', turn: () => lease.renew(), clock, log },
    { everyMs: ttlMs / 3, retryMs: 500 },
  );
  return {
    name: loop.name,
    start: async () => {
      await lease.renew();
      await loop.start();
    },
    stop: async () => {
      await loop.stop();
      await lease.release();
    },
  };
}
