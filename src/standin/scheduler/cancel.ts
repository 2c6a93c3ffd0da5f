import { shouldRun } from '../../actions/workflow-plan.ts';
import type { Address } from '../dependencies.ts';
import type { Job, JobGroup, Run } from '../state/model.ts';
import { wake } from '../state/open-polls.ts';
import { variablesOf } from '../state/store.ts';
import { type Conclude, note, type SchedulerDeps } from './conclude.ts';
import { planContexts, statusOfNeeds } from './contexts.ts';

/** How long a runner may take to stop a job before the server ends it (protocol B.3). */
export const CANCEL_TIMEOUT_MS = 5 * 60_000;

export type Cancel = ReturnType<typeof createCancel>;

export function createCancel(deps: SchedulerDeps, address: Address, conclude: Conclude) {
  const { store, clock, timers } = deps;
  timers.on('cancel', (job) => conclude(job, 'cancelled'));

  /** Ends a job that has not begun; asks the runner of one that has. */
  function cancelJob(job: Job, why: string): void {
    if (job.status === 'completed') return;
    if (job.status !== 'in_progress') {
      conclude(job, 'cancelled');
      return;
    }
    if (job.cancellation !== null) return;
    job.cancellation = { why, deliveredAt: null };
    job.annotations.push(note('failure', why));
    timers.set('cancel', job, CANCEL_TIMEOUT_MS);
    const runner = job.runner === null ? undefined : store.runners.get(job.runner.id);
    if (runner !== undefined) wake(runner);
  }

  /** Whether a job goes on although its run is cancelled, because its `if` says so. */
  function goesOn(run: Run, group: JobGroup): boolean {
    const contexts = planContexts(run, group, variablesOf(store, run.repository), address);
    try {
      return shouldRun(group.definition.condition, contexts, statusOfNeeds(run, group));
    } catch {
      return false;
    }
  }

  return {
    cancelJob,
    /** Marks the run and cancels what need not go on. The caller advances it afterwards. */
    cancelRun(run: Run): void {
      run.cancelled = true;
      run.updatedAt = clock.now();
      for (const group of run.groups.values()) {
        if (group.jobs.length === 0 || goesOn(run, group)) continue;
        for (const job of group.jobs) cancelJob(job, 'The operation was canceled.');
      }
    },
  };
}
