import { messageOf } from '../../domain/errors.ts';
import { readConcurrency } from '../../actions/workflow-concurrency.ts';
import type { Address } from '../dependencies.ts';
import type { Job, Run, Scope } from '../state/model.ts';
import { variablesOf } from '../state/settings.ts';
import { createAdmission } from './admission.ts';
import { createAdvance } from './advance.ts';
import { createCancel } from './cancel.ts';
import { createConclude, note, type SchedulerDeps } from './conclude.ts';
import { createConcurrency } from './concurrency.ts';
import { scopeContexts } from './contexts.ts';
import { createDeployments } from './deployments.ts';
import { createLeases } from './leases.ts';
import { createOpenGroup } from './open-group.ts';
import { createStartAgain } from './start-again.ts';
import { hasEnded, jobsOf, mayFail, resultOf, unitsOf } from './tree.ts';

export type Scheduler = ReturnType<typeof createScheduler>;

/** Decides which jobs of which runs exist, wait, run and end. */
export function createScheduler(deps: SchedulerDeps & { readonly address: Address }) {
  const { store, address, announce } = deps;
  const deployments = createDeployments(deps);
  const conclude = createConclude(deps, (job) => {
    if (job.conclusion !== null) deployments.end(job, job.conclusion);
    onEnded(job);
  });
  const admission = createAdmission(deps, deployments, conclude);
  const concurrency = createConcurrency({
    store,
    cancel: (unit, why) => cancelUnit(unit, why),
    resume: (unit) => resume(unit),
  });
  const { advance, quietly, proceed, abandon } = createAdvance(deps, {
    address,
    openGroup: createOpenGroup(deps, address, conclude),
    admission,
    enterGroups: concurrency.enterAll,
    onEnded,
  });
  const cancel = createCancel(deps, address, conclude, abandon);
  const leases = createLeases(deps, deployments, cancel, conclude);

  /** A job, a called workflow or a run has ended: others may begin, or stop because of it. */
  function onEnded(unit: Job | Scope): void {
    concurrency.leaveAll(unit);
    stopSiblings(unit);
    advance(unit.run);
  }

  /** A failed leg takes the others of its matrix along, unless `fail-fast` says otherwise. */
  function stopSiblings(unit: Job | Scope): void {
    const group = unit.kind === 'job' ? unit.group : unit.caller?.group;
    if (group?.plan?.failFast !== true) return;
    if (resultOf(unit) !== 'failure' || mayFail(unit)) return;
    const name = unit.kind === 'job' ? unit.leg.displayName : unit.caller?.leg.displayName;
    const why = `The strategy configuration was canceled because "${name}" failed`;
    quietly(unit.run, () => {
      for (const other of unitsOf(group)) if (!hasEnded(other)) cancel.cancelUnit(other, why);
    });
  }

  function cancelUnit(unit: Job | Scope, why: string): void {
    quietly(unit.run, () => {
      if (unit.kind === 'scope' && unit.caller === null) cancel.cancelRun(unit.run, why);
      else cancel.cancelUnit(unit, why);
    });
    advance(unit.run);
  }

  function resume(unit: Job | Scope): void {
    proceed(unit);
    advance(unit.run);
  }

  /** Lets a run begin; it may have to wait for its concurrency group. */
  function begin(run: Run, root: Scope): void {
    const contexts = scopeContexts(root, variablesOf(store, run.repository), address);
    try {
      const wish = readConcurrency(root.tree.workflow.concurrency, contexts);
      if (wish !== null) root.wishes.push(wish);
    } catch (error) {
      refuse(run, messageOf(error));
      return;
    }
    proceed(root);
    advance(run);
  }

  /** A run whose own keys cannot be evaluated fails to start. */
  function refuse(run: Run, message: string): void {
    const annotation = { ...note('failure', message), path: run.file };
    run.startupCheck = { id: store.nextId(), annotations: [annotation] };
    run.status = 'completed';
    run.conclusion = 'startup_failure';
    announce.run('completed', run);
  }

  /** Begins a run that is in the store. One that failed to start, or must be approved, only appears. */
  function start(run: Run): void {
    announce.run('requested', run);
    if (run.status === 'completed' || run.root === null) announce.run('completed', run);
    else begin(run, run.root);
  }

  return {
    ...leases,
    start,
    startAgain: createStartAgain(deps, start),
    /** Lets a run begin that somebody had to allow first. */
    approve(run: Run): void {
      if (run.root === null || run.conclusion !== 'action_required') return;
      run.status = 'queued';
      run.conclusion = null;
      begin(run, run.root);
    },
    cancelRun(run: Run): void {
      quietly(run, () => cancel.cancelRun(run));
      advance(run);
    },
    forceCancelRun(run: Run): void {
      quietly(run, () => cancel.forceCancelRun(run));
      advance(run);
    },
    /** Answers for all jobs of the run that wait for these environments. */
    review(run: Run, environments: readonly string[], isApproved: boolean): void {
      const names = new Set(environments.map((name) => name.toLowerCase()));
      quietly(run, () => {
        for (const job of jobsOf(run)) {
          if (names.has(job.gate?.environment.toLowerCase() ?? '')) admission.review(job, isApproved);
        }
      });
      advance(run);
    },
  };
}
