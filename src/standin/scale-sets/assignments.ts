import type { StandinClock, StandinLog } from '../dependencies.ts';
import type { JobTimers } from '../scheduler/job-timers.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Job } from '../state/model.ts';
import type { ScaleSet } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';
import type { Announcements } from './announcements.ts';
import { completedEvent, eventOf, runnerOf, unassignedEvent } from './events.ts';

/** An assigned job that no runner of the set has taken by then is taken back. */
const ASSIGNED_MS = 5 * 60_000;
/** Then it is made available again after these delays; after the last one no more. */
const AGAIN_AFTER_MS = [60_000, 2 * 60_000, 4 * 60_000];

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly timers: JobTimers;
  readonly offers: Offers;
  readonly announcements: Announcements;
  readonly log: StandinLog;
}

export type Assignments = ReturnType<typeof createAssignments>;

/**
 * Which jobs belong to which scale set (protocol H.3):
 *
 *     queued ─ announced to every set that may take it ─ acquired by one: assigned ─ started ─ completed
 *        ▲                                                  │ no runner came
 *        └──────────── after a delay, three times ──────────┘
 *
 * A job that is only announced may still be taken by a runner of no set.
 */
export function createAssignments(deps: Deps) {
  const { store, clock, timers, offers, announcements, log } = deps;
  const { announce, tell, claimOf, withdraw } = announcements;
  timers.on('scale-set-assignment', takeBack);

  function assign(job: Job, set: ScaleSet): void {
    withdraw(job);
    const claim = claimOf(job);
    job.scaleSetId = set.id;
    store.jobs.touch(job.id);
    store.queue.changed(job);
    claim.assignedAt = clock.now();
    timers.set('scale-set-assignment', job, ASSIGNED_MS);
    log.info('job assigned to scale set', { job: job.id, scaleSet: set.name });
    tell(set, eventOf('JobAssigned', job, claim));
  }

  function unassign(job: Job): void {
    timers.clear('scale-set-assignment', job);
    offers.withdraw(job);
    job.scaleSetId = null;
    store.jobs.touch(job.id);
    store.queue.changed(job);
  }

  function takeBack(job: Job): void {
    if (job.status !== 'queued') return;
    const [set, claim] = [scaleSetOf(store, job), claimOf(job)];
    unassign(job);
    if (set !== undefined) tell(set, unassignedEvent(job, claim));
    claim.assignedAt = null;
    const delay = AGAIN_AFTER_MS[claim.failedAssignments];
    claim.failedAssignments += 1;
    log.warn('no runner of the scale set came', { job: job.id, scaleSet: set?.name });
    if (delay !== undefined) announcements.announceLater(job, delay);
    offers.offerJobs();
  }

  return {
    /** Tells a new set, or one with a new session, of the jobs that wait. */
    announceAll(): void {
      for (const job of store.queue) announce(job);
    },
    /** Assigns those of these jobs that the set was told of and nobody has taken; their ids. */
    acquire(set: ScaleSet, jobIds: readonly number[]): readonly number[] {
      const acquired = jobIds.filter((id) => {
        const job = store.jobs.get(id);
        const isTold = store.scaleSetClaims.get(id)?.announcedTo.has(set.id) === true;
        if (job?.status !== 'queued' || job.offeredTo !== null || !isTold) return false;
        assign(job, set);
        return true;
      });
      offers.offerJobs();
      return acquired;
    },
    /** Frees the jobs of a set that is no longer; those that run go on. */
    release(set: ScaleSet): void {
      for (const job of store.queue) {
        store.scaleSetClaims.get(job.id)?.announcedTo.delete(set.id);
        if (job.scaleSetId !== set.id) continue;
        unassign(job);
        announce(job);
      }
      offers.offerJobs();
    },
  };
}

const scaleSetOf = ({ scaleSets }: Store, { scaleSetId }: Job): ScaleSet | undefined =>
  scaleSetId === null ? undefined : scaleSets.get(scaleSetId);

/** Hears from the scheduler what becomes of jobs. */
export function followJobs({
  store,
  timers,
  announcements,
}: Pick<Deps, 'store' | 'timers' | 'announcements'>) {
  const { tell, withdraw } = announcements;

  function started(job: Job): void {
    timers.clear('scale-set-assignment', job);
    withdraw(job);
    const [set, claim] = [scaleSetOf(store, job), store.scaleSetClaims.get(job.id)];
    if (set === undefined) store.scaleSetClaims.delete(job.id);
    else if (claim !== undefined) tell(set, eventOf('JobStarted', job, claim, runnerOf(job)));
  }

  function completed(job: Job): void {
    withdraw(job);
    const [set, claim] = [scaleSetOf(store, job), store.scaleSetClaims.get(job.id)];
    store.scaleSetClaims.delete(job.id);
    if (set !== undefined && claim !== undefined) tell(set, completedEvent(job, claim));
  }

  return {
    job(action: string, job: Job): void {
      if (action === 'queued') announcements.announce(job);
      else if (action === 'in_progress') started(job);
      else if (action === 'completed') completed(job);
    },
  };
}
