import { readConcurrency } from '../../actions/workflow-concurrency.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Address } from '../dependencies.ts';
import type { Run, Scope } from '../state/model.ts';
import { variablesOf } from '../state/settings.ts';
import { note, type SchedulerDeps } from './conclude.ts';
import { scopeContexts } from './contexts.ts';

/** The beginning of a run; it may have to wait for its concurrency group. */
export function createBegin(
  { store, announce }: SchedulerDeps,
  address: Address,
  proceed: (root: Scope) => void,
) {
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
  }

  /** A run whose own keys cannot be evaluated fails to start. */
  function refuse(run: Run, message: string): void {
    const annotation = { ...note('failure', message), path: run.file };
    run.startupCheck = { id: store.nextId(), annotations: [annotation] };
    run.status = 'completed';
    run.conclusion = 'startup_failure';
    announce.run('completed', run);
  }

  return {
    /** Begins a run that is in the store. One that failed to start, or must be approved, only appears. */
    start(run: Run): void {
      announce.run('requested', run);
      if (run.status === 'completed' || run.root === null) announce.run('completed', run);
      else begin(run, run.root);
    },
    /** Lets a run begin that somebody had to allow first. */
    approve(run: Run): void {
      if (run.root === null || run.conclusion !== 'action_required') return;
      run.status = 'queued';
      run.conclusion = null;
      begin(run, run.root);
    },
  };
}
