import type { InstanceId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Leadership, Leaderships } from '../ports/leaderships.ts';
import type { Log } from '../ports/log.ts';
import type { GitHubSync } from '../services/github-sync/github-sync.ts';
import { createLoop } from './loop.ts';
import type { Part } from './part.ts';

const NAME = 'github-sync';
/** A turn over many repositories takes a while; a leader that died is replaced after this. */
const LEASE_MS = 60_000;
/** Others look so often whether there is still a leader. */
const STAND_BY_MS = 5_000;

interface GitHubSyncWorkerDeps {
  readonly leaderships: Leaderships;
  readonly instance: InstanceId;
  readonly clock: Clock;
  readonly log: Log;
  /** Given the means to check that this instance still leads. */
  readonly createSync: (leads: () => Promise<boolean>) => GitHubSync;
}

/** Of all instances one asks GitHub; another takes over when it has died or cannot reach the database. */
export function createGitHubSyncWorker(
  { leaderships, instance, clock, log, createSync }: GitHubSyncWorkerDeps,
  { retryMs }: { readonly retryMs: number },
): Part {
  let leading: Leadership | null = null;
  let dueAt = 0;
  const sync = createSync(async () => leading !== null && leaderships.holds(leading));
  const loop = createLoop(
    {
      ...{ name: NAME, clock, log },
      turn: async (signal) => {
        leading = await leaderships.claim(NAME, instance, LEASE_MS);
        if (leading === null) return STAND_BY_MS;
        if (clock.now() >= dueAt) dueAt = clock.now() + (await sync.turn(signal));
        return Math.min(STAND_BY_MS, Math.max(0, dueAt - clock.now()));
      },
    },
    { everyMs: STAND_BY_MS, retryMs },
  );
  return {
    ...loop,
    stop: async () => {
      await loop.stop();
      if (leading !== null) await leaderships.resign(instance).catch(() => undefined);
    },
  };
}
