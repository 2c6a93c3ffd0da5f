import type { Job } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Timers } from '../state/timers.ts';

/** What may run out for a job; all of it ends with the job. */
const KINDS = [
  'offer',
  'lease',
  'timeout',
  'cancel',
  'queue',
  'gate',
  'scale-set-assignment',
  'scale-set-again',
] as const;
type Kind = (typeof KINDS)[number];

export type JobTimers = ReturnType<typeof createJobTimers>;

/** The deadlines of jobs. */
export function createJobTimers(timers: Timers, store: Pick<Store, 'jobs'>) {
  return {
    /** Says what happens to a job whose deadline of this kind has come. */
    on(kind: Kind, action: (job: Job) => void): void {
      timers.on(kind, (id) => {
        const job = store.jobs.get(id);
        if (job !== undefined) action(job);
      });
    },
    set: (kind: Kind, job: Job, ms: number): void => timers.set(kind, job.id, ms),
    clear: (kind: Kind, job: Job): void => timers.clear(kind, job.id),
    clearAll(job: Job): void {
      for (const kind of KINDS) timers.clear(kind, job.id);
    },
  };
}
