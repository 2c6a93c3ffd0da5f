import type { Address } from '../dependencies.ts';
import type { Job, Run, Scope } from '../state/model.ts';
import { createAdmission } from './admission.ts';
import { createAdvance } from './advance.ts';
import { createBegin } from './begin.ts';
import { createCancel } from './cancel.ts';
import { createConclude, type SchedulerDeps } from './conclude.ts';
import { createConcurrency } from './concurrency.ts';
import { createDeployments } from './deployments.ts';
import { createLeases } from './leases.ts';
import { createOpenGroup } from './open-group.ts';
import { createRelease } from './release.ts';
import { createStartAgain } from './start-again.ts';
import { stoppedBy } from './stopped-by.ts';
import { jobsOf } from './tree.ts';
import { createTurns } from './turns.ts';

export type Scheduler = ReturnType<typeof createScheduler>;

/** Decides which jobs of which runs exist, wait, run and end. */
export function createScheduler(deps: SchedulerDeps & { readonly address: Address }) {
  const { store, address, announce } = deps;
  const turns = createTurns();
  const deployments = createDeployments(deps);
  const conclude = createConclude(deps, (job) => {
    if (job.conclusion !== null) deployments.end(job, job.conclusion);
    onEnded(job);
  });
  const admission = createAdmission(deps, deployments, conclude);
  const concurrency = createConcurrency({ store, cancel: cancelUnit, resume });
  const { proceed, release } = createRelease({
    ...{ announce, admission, enterGroups: concurrency.enterAll },
  });
  const openGroup = createOpenGroup(deps, address, conclude);
  const { advance, abandon } = createAdvance(deps, {
    ...{ address, turns, openGroup, release, onEnded },
  });
  const cancel = createCancel(deps, address, conclude, abandon);
  const { start, approve } = createBegin(deps, address, resume);

  /** A job, a called workflow or a run has ended: others may begin, or stop because of it. */
  function onEnded(unit: Job | Scope): void {
    concurrency.leaveAll(unit);
    const { units, why } = stoppedBy(unit);
    turns.take(unit.run, () => {
      for (const other of units) cancel.cancelUnit(other, why);
    });
    advance(unit.run);
  }

  function cancelUnit(unit: Job | Scope, why: string): void {
    turns.take(unit.run, () => {
      if (unit.kind === 'scope' && unit.caller === null) cancel.cancelRun(unit.run, why);
      else cancel.cancelUnit(unit, why);
    });
    advance(unit.run);
  }

  function resume(unit: Job | Scope): void {
    proceed(unit);
    advance(unit.run);
  }

  /** Does something to a run, and then lets it go on. */
  function change(run: Run, action: () => void): void {
    turns.take(run, action);
    advance(run);
  }

  return {
    ...createLeases(deps, deployments, cancel, conclude),
    start,
    approve,
    startAgain: createStartAgain(deps, start),
    cancelRun: (run: Run): void => change(run, () => cancel.cancelRun(run)),
    forceCancelRun: (run: Run): void => change(run, () => cancel.forceCancelRun(run)),
    /** Answers for all jobs of the run that wait for these environments. */
    review(run: Run, environments: readonly string[], isApproved: boolean): void {
      const names = new Set(environments.map((name) => name.toLowerCase()));
      const waiting = jobsOf(run).filter(({ gate }) =>
        names.has(gate?.environment.toLowerCase() ?? ''),
      );
      change(run, () => {
        for (const job of waiting) admission.review(job, isApproved);
      });
    },
  };
}
