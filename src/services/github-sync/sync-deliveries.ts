import { deliveryId } from '../../domain/ids.ts';
import { note, type SyncDeps } from './sync-deps.ts';

/** GitHub keeps deliveries for three days, but what is that old was found by other means. */
const LOOK_BACK_MS = 3_600_000;
/** A hub that was away for long is not flooded by its own wish. */
const MOST_AT_ONCE = 50;

/**
 * Asks GitHub to deliver again what it could not deliver and we never took in. Each is asked for once
 * per process: `asked` remembers.
 */
export async function syncDeliveries(
  deps: SyncDeps,
  repository: string,
  asked: Set<string>,
): Promise<void> {
  const since = new Date(deps.clock.now() - LOOK_BACK_MS).toISOString();
  const failed = await deps.listing.failedDeliveries(repository, since);
  // A ping is answered and not kept, so it would always seem to be missing.
  const fresh = failed.filter(({ guid, event }) => event !== 'ping' && !asked.has(guid));
  if (fresh.length === 0) return;
  const missing = new Set<string>(
    await deps.ledger.missingDeliveries(fresh.map(({ guid }) => deliveryId(guid))),
  );
  for (const delivery of fresh.slice(0, MOST_AT_ONCE)) {
    asked.add(delivery.guid);
    if (!missing.has(delivery.guid)) continue;
    if (!(await deps.leads())) return;
    await delivery.redeliver();
    await note(deps, 'delivery-missed', delivery.guid, true);
  }
}
