import type { Address } from '../dependencies.ts';
import type { Job, Run } from '../state/model.ts';
import { createAdvance } from './advance.ts';
import { createCancel } from './cancel.ts';
import { createConclude, type SchedulerDeps } from './conclude.ts';
import { createLeases } from './leases.ts';

export type Scheduler = ReturnType<typeof createScheduler>;

/** Decides which jobs of which runs exist, wait, run and end. */
export function createScheduler(deps: SchedulerDeps & { readonly address: Address }) {
  const conclude = createConclude(deps, onConcluded);
  const cancel = createCancel(deps, deps.address, conclude);
  const { advance, quietly } = createAdvance(deps, deps.address, conclude);
  const leases = createLeases(deps, cancel, conclude);

  function onConcluded(job: Job): void {
    const { plan, jobs } = job.group;
    if (job.conclusion === 'failure' && !job.leg.continueOnError && plan?.failFast === true) {
      const reason = `The strategy configuration was canceled because "${job.leg.displayName}" failed`;
      quietly(job.run, () => {
        for (const other of jobs) cancel.cancelJob(other, reason);
      });
    }
    advance(job.run);
  }

  return {
    ...leases,
    /** Begins a run that is in the store. */
    start(run: Run): void {
      deps.announce.run('requested', run);
      if (run.workflow === null) {
        deps.announce.run('completed', run);
        return;
      }
      advance(run);
    },
    cancelRun(run: Run): void {
      quietly(run, () => cancel.cancelRun(run));
      advance(run);
    },
  };
}
