import { shouldRun } from '../../actions/workflow-plan.ts';
import type { Address } from '../dependencies.ts';
import type { Job, JobGroup, Run, Scope } from '../state/model.ts';
import { wake } from '../state/open-polls.ts';
import { variablesOf } from '../state/settings.ts';
import { type Conclude, note, type SchedulerDeps } from './conclude.ts';
import { planContexts, statusOfNeeds } from './contexts.ts';
import { jobsOf, unitsOf } from './tree.ts';

/** How long a runner may take to stop a job before the server ends it (protocol B.3). */
export const CANCEL_TIMEOUT_MS = 5 * 60_000;

const STOPPED = 'The operation was canceled.';

export type Cancel = ReturnType<typeof createCancel>;

/** Stops jobs, called workflows and runs. The caller advances the run afterwards. */
export function createCancel(
  deps: SchedulerDeps,
  address: Address,
  conclude: Conclude,
  abandon: (scope: Scope) => void,
) {
  const { store, clock, timers } = deps;
  timers.on('cancel', (job) => conclude(job, 'cancelled'));

  /** Ends a job that has not begun; asks the runner of one that has. */
  function cancelJob(job: Job, why: string): void {
    if (job.status === 'completed' || job.cancellation !== null) return;
    job.annotations.push(note('failure', why));
    if (job.status !== 'in_progress') {
      conclude(job, 'cancelled');
      return;
    }
    job.cancellation = { why, deliveredAt: null };
    timers.set('cancel', job, CANCEL_TIMEOUT_MS);
    const runner = job.runner === null ? undefined : store.runners.get(job.runner.id);
    if (runner !== undefined) wake(runner);
  }

  /** Whether a job goes on although its run is cancelled, because its `if` says so. */
  function goesOn(group: JobGroup): boolean {
    const contexts = planContexts(group, variablesOf(store, group.scope.run.repository), address);
    try {
      return shouldRun(group.definition.condition, contexts, statusOfNeeds(group));
    } catch {
      return false;
    }
  }

  function cancelScope(scope: Scope, why: string): void {
    if (scope.status === 'closed') return;
    scope.cancelled = true;
    if (scope.status === 'open') {
      for (const group of scope.groups.values()) cancelGroup(group, why);
    } else {
      abandon(scope);
    }
  }

  /** What a group has become ends, unless the job's condition wants it to go on. */
  function cancelGroup(group: JobGroup, why: string): void {
    if (unitsOf(group).length === 0 || group.result !== null || goesOn(group)) return;
    for (const unit of unitsOf(group)) cancelUnit(unit, why);
  }

  function cancelUnit(unit: Job | Scope, why: string): void {
    if (unit.kind === 'job') cancelJob(unit, why);
    else cancelScope(unit, why);
  }

  /** Marks the run and cancels what need not go on. */
  function cancelRun(run: Run, why: string = STOPPED): void {
    run.cancelled = true;
    run.updatedAt = clock.now();
    if (run.root !== null) cancelScope(run.root, why);
  }

  return {
    cancelJob,
    cancelUnit,
    cancelRun,
    /** Ends every job at once, whatever its condition says and whatever its runner does. */
    forceCancelRun(run: Run): void {
      cancelRun(run);
      for (const job of jobsOf(run)) conclude(job, 'cancelled');
    },
  };
}
