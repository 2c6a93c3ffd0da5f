import type { Address } from '../dependencies.ts';
import type { JobGroup, Run, Scope } from '../state/model.ts';
import { variablesOf } from '../state/settings.ts';
import { groupOutputs, groupResult, runConclusion, scopeOutputs, scopeResult } from './close.ts';
import type { SchedulerDeps } from './conclude.ts';
import { jobsContext, scopeContexts } from './contexts.ts';
import type { OpenGroup } from './open-group.ts';
import { hasEnded, jobsOf, unitsOf } from './tree.ts';
import type { Turns } from './turns.ts';

interface Others {
  readonly address: Address;
  readonly turns: Turns;
  readonly openGroup: OpenGroup;
  /** Lets legs of a group begin that max-parallel has held back. */
  readonly release: (group: JobGroup) => void;
  readonly onEnded: (scope: Scope) => void;
}

/**
 * Moves a run on: opens jobs whose needs have ended, releases legs that max-parallel held back, closes
 * jobs whose legs have ended, called workflows whose jobs have, and the run. Safe to call at any time.
 */
export function createAdvance(deps: SchedulerDeps, others: Others) {
  const { store, clock, offers, announce, log } = deps;
  const { turns } = others;

  function advance(run: Run): void {
    const { root } = run;
    if (turns.isTaken(run) || run.status === 'completed' || root === null) return;
    turns.take(run, () => {
      while (moveOn(root)) {
        // Each round may have opened the way for other jobs.
      }
    });
    if (root.status !== 'closed') run.status = statusOf(run, root);
    else finish(run, root);
    offers.offerJobs();
  }

  /** Whether something changed that other jobs may wait for. */
  function moveOn(scope: Scope): boolean {
    if (scope.status !== 'open') return false;
    const groups = [...scope.groups.values()];
    if (groups.some(moveGroup)) return true;
    if (groups.some((group) => group.result === null)) return false;
    const contexts = scopeContexts(scope, variablesOf(store, scope.run.repository), others.address);
    scope.outputs = scopeOutputs(scope, { ...contexts, jobs: jobsContext(scope) });
    close(scope, scopeResult(scope));
    return true;
  }

  function moveGroup(group: JobGroup): boolean {
    if (group.result !== null) return false;
    if (unitsOf(group).length === 0) {
      if (!isReady(group)) return false;
      others.openGroup(group);
    }
    others.release(group);
    if (group.calls.some(moveOn)) return true;
    if (!unitsOf(group).every(hasEnded)) return false;
    group.result = groupResult(group);
    group.outputs = groupOutputs(group);
    return true;
  }

  function close(scope: Scope, result: Scope['result']): void {
    scope.status = 'closed';
    scope.result = result;
    // That of the run itself ends with the run.
    if (scope.caller !== null) others.onEnded(scope);
  }

  function finish(run: Run, root: Scope): void {
    run.status = 'completed';
    run.updatedAt = clock.now();
    run.conclusion = runConclusion(run);
    log.info('run completed', { run: run.id, name: run.name, conclusion: run.conclusion });
    announce.run('completed', run);
    others.onEnded(root);
  }

  /** Ends a called workflow, or a run, that has not begun. */
  const abandon = (scope: Scope): void => close(scope, 'cancelled');

  return { advance, abandon };
}

const isReady = ({ definition, scope }: JobGroup): boolean =>
  definition.needs.every((id) => (scope.groups.get(id)?.result ?? null) !== null);

/** A run waits only while nothing of it goes on. */
function statusOf(run: Run, root: Scope): Run['status'] {
  if (root.status === 'pending') return 'pending';
  const statuses = new Set(jobsOf(run).map((job) => job.status));
  const isActive = statuses.has('queued') || statuses.has('in_progress');
  if (statuses.has('waiting') && !isActive) return 'waiting';
  return hasBegun(run) ? 'in_progress' : 'queued';
}

/** Whether a runner has taken a job of this attempt. */
export const hasBegun = (run: Run): boolean =>
  jobsOf(run).some((job) => job.run === run && job.startedAt !== null);
