import type { InstanceId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { InstanceLeases } from '../ports/runner-store.ts';

interface InstanceLeaseDeps {
  readonly leases: Pick<InstanceLeases, 'renew' | 'release'>;
  readonly instance: InstanceId;
  readonly clock: Clock;
  readonly log: Log;
  /** The lease ran out: others may already have taken over what is ours, so the hub must end. */
  readonly onLost: () => void;
}

export interface InstanceLease {
  /** Throws `AppError('database-down')`; the caller tries again soon. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

/** This process's lease. Whoever cannot renew it within `ttlMs` no longer owns anything. */
export function createInstanceLease(
  { leases, instance, clock, log, onLost }: InstanceLeaseDeps,
  { ttlMs }: { readonly ttlMs: number },
): InstanceLease {
  let heldUntil: number | null = null;
  return {
    renew: async () => {
      const askedAt = clock.now();
      if (heldUntil !== null && askedAt > heldUntil) {
        log.error('instance lease lost', { instance, lateMs: askedAt - heldUntil });
        heldUntil = null;
        onLost();
        return;
      }
      await leases.renew(instance, ttlMs);
      // Counted from before the call, so that we never believe in it longer than the database.
      heldUntil = askedAt + ttlMs;
    },
    release: () => leases.release(instance),
  };
}
