import type { StandinClock } from '../dependencies.ts';
import { isOnline } from '../present/runners.ts';
import type { Job } from '../state/model.ts';
import type { ScaleSet } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';

/** Jobs that are assigned to a set, those that run among them. */
export const assignedJobs = (store: Store, { id }: ScaleSet): readonly Job[] =>
  jobsOfClaims(store).filter((job) => job.scaleSetId === id);

const jobsOfClaims = (store: Store): readonly Job[] =>
  [...store.scaleSetClaims.keys()].flatMap((jobId) => store.jobs.get(jobId) ?? []);

/** Where a set stands (protocol H.3). Acquiring assigns at once here, so that no job is in between. */
export function statisticsOf(store: Store, clock: StandinClock, set: ScaleSet) {
  const assigned = assignedJobs(store, set);
  const runners = [...store.runners.values()].filter(({ scaleSetId }) => scaleSetId === set.id);
  const busy = runners.filter(({ jobId }) => jobId !== null);
  const available = [...store.scaleSetClaims.values()].filter(
    ({ announcedTo, jobId }) =>
      announcedTo.has(set.id) && store.jobs.get(jobId)?.scaleSetId === null,
  );
  return {
    totalAvailableJobs: available.length,
    totalAcquiredJobs: 0,
    totalAssignedJobs: assigned.length,
    totalRunningJobs: assigned.filter(({ status }) => status === 'in_progress').length,
    totalRegisteredRunners: runners.length,
    totalBusyRunners: busy.length,
    totalIdleRunners: runners.filter((runner) => runner.jobId === null && isOnline(runner, clock))
      .length,
  };
}
