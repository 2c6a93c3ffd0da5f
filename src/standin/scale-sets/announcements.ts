import type { Address } from '../dependencies.ts';
import type { JobTimers } from '../scheduler/job-timers.ts';
import type { Job } from '../state/model.ts';
import { wakeSession } from '../state/open-polls.ts';
import type { ScaleSet, ScaleSetClaim, ScaleSetEvent } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';
import { eventOf } from './events.ts';
import { mayTake } from './matching.ts';
import { forgetAvailable, isAnnounced } from './queue.ts';
import { scaleSetUrl } from './scale-set-json.ts';

/** A set that was told of a job and does not take it is told again. */
const REMIND_MS = 60_000;

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly timers: JobTimers;
}

export type Announcements = ReturnType<typeof createAnnouncements>;

/** Tells scale sets what happens to jobs, and which of them they may take (protocol H.3). */
export function createAnnouncements({ store, timers, address }: Deps) {
  const acquireUrl = (set: ScaleSet) => ({
    acquireJobUrl: `${scaleSetUrl(address, set)}/acquirejobs`,
  });
  timers.on('scale-set-again', announce);

  function tell(set: ScaleSet, event: ScaleSetEvent): void {
    set.events = [...set.events, event];
    store.scaleSets.touch(set.id);
    wakeSession(set.session);
  }

  function claimOf({ id: jobId }: Job): ScaleSetClaim {
    const claim = store.scaleSetClaims.get(jobId) ?? {
      ...{ jobId, announcedTo: new Set<number>(), assignedAt: null, failedAssignments: 0 },
    };
    store.scaleSetClaims.set(jobId, claim);
    return claim;
  }

  /** Tells the sets that may take a waiting job; those that know are not told twice. */
  function announce(job: Job): void {
    if (job.status !== 'queued' || job.scaleSetId !== null) return;
    const sets = [...store.scaleSets.values()].filter((set) => mayTake(store, set, job));
    if (sets.length === 0) return;
    const claim = claimOf(job);
    for (const set of sets) {
      claim.announcedTo.add(set.id);
      if (!isAnnounced(set, job.id))
        tell(set, eventOf('JobAvailable', job, claim, acquireUrl(set)));
    }
    timers.set('scale-set-again', job, REMIND_MS);
  }

  /** From now on nobody is to take the job. */
  function withdraw(job: Job): void {
    timers.clear('scale-set-again', job);
    const claim = store.scaleSetClaims.get(job.id);
    for (const id of claim?.announcedTo ?? []) {
      const set = store.scaleSets.get(id);
      if (set !== undefined) forgetAvailable(set, job.id);
    }
    claim?.announcedTo.clear();
  }

  return {
    tell,
    claimOf,
    announce,
    withdraw,
    /** Announces again, after so long. */
    announceLater: (job: Job, ms: number): void => timers.set('scale-set-again', job, ms),
  };
}
