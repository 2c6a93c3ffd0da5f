import type { Announcer } from '../scheduler/conclude.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { fullName, type Job, type Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Faults } from './faults.ts';

interface Deps {
  readonly faults: Faults;
  readonly store: Store;
  readonly cancel: (job: Job) => void;
}

type Moment = 'queued' | 'acquire' | 'acquired' | 'renew' | 'complete';

const chanceOf = (job: Job, place: string, runner = job.runner?.name) => ({
  ...{ repository: fullName(job.run.repository), runner },
  ...{ place, at: place, subject: String(job.id) },
});

/** Runs that somebody cancels at odd moments of their jobs, and leases that are lost. */
export function spoiledScheduler(scheduler: Scheduler, deps: Deps): Scheduler {
  const { faults, store, cancel } = deps;

  function oddly(moment: Moment, job: Job, runner?: Runner): void {
    const name = runner?.name ?? job.runner?.name;
    if (faults.at(['cancelled'], chanceOf(job, moment, name)).length > 0) cancel(job);
  }

  return {
    ...scheduler,
    acquire(runner, backendId) {
      const wanted = store.jobsByBackendId.get(backendId);
      if (wanted !== undefined) oddly('acquire', wanted, runner);
      const job = scheduler.acquire(runner, backendId);
      oddly('acquired', job);
      return job;
    },
    renew(job) {
      oddly('renew', job);
      const isLost = faults.at(['lease-lost'], chanceOf(job, 'renew')).length > 0;
      if (isLost) scheduler.lose(job);
      return scheduler.renew(job);
    },
    complete(job, conclusion, outputs) {
      oddly('complete', job);
      scheduler.complete(job, conclusion, outputs);
    },
  };
}

/** Runs that somebody cancels as soon as a job of theirs is queued. */
export const spoiledAnnouncer = <Told extends Announcer>(
  announcer: Told,
  { faults, cancel }: Omit<Deps, 'store'>,
): Told => ({
  ...announcer,
  job(action: Parameters<Announcer['job']>[0], job: Job) {
    announcer.job(action, job);
    if (action !== 'queued') return;
    if (faults.at(['cancelled'], chanceOf(job, 'queued')).length === 0) return;
    // The scheduler is in the middle of something.
    setImmediate(() => cancel(job));
  },
});
