import type { StandinClock, StandinLog } from '../dependencies.ts';
import { removeRunner } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Timers } from '../state/timers.ts';

const HOUR_MS = 3_600_000;
/** GitHub forgets runners that have not been seen for so long (protocol A.1). */
const EPHEMERAL_MS = 24 * HOUR_MS;
const STAYING_MS = 14 * 24 * HOUR_MS;
const TIMER = { kind: 'absent-runners', id: 1 } as const;

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly timers: Timers;
  readonly offers: Offers;
  readonly log: StandinLog;
}

/** Looks every hour for runners that nobody will see again, and forgets them. */
export function forgetAbsentRunners({ store, clock, timers, offers, log }: Deps): void {
  const again = () => timers.set(TIMER.kind, TIMER.id, HOUR_MS);
  timers.on(TIMER.kind, () => {
    for (const runner of [...store.runners.values()]) {
      if (!isGone(runner, clock.now())) continue;
      removeRunner(store, offers, runner);
      log.info('absent runner forgotten', { runner: runner.name });
    }
    again();
  });
  again();
}

function isGone({ ephemeral, jobId, seenAt, session }: Runner, now: number): boolean {
  const lastSeenAt = Math.max(seenAt, session?.lastSeenAt ?? 0);
  return jobId === null && now - lastSeenAt > (ephemeral ? EPHEMERAL_MS : STAYING_MS);
}
