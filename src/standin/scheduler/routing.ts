import { labelsCover } from '../../domain/labels.ts';
import type { Job, Runner } from '../state/model.ts';
import { groupAllows, groupOfRunner, isGroupCalled, scopesOf } from '../state/runner-groups.ts';
import type { Store } from '../state/store.ts';
import { workflowRef } from './contexts.ts';

type Groups = Pick<Store, 'accounts' | 'runnerGroups' | 'defaultGroups'>;

/** Idle runners by the scope at which they are registered, in lower case. */
export type IdleRunners = ReadonlyMap<string, readonly Runner[]>;

/** Runners of a repository itself belong to no group but this name. */
const DEFAULT_GROUP = 'default';

/**
 * The runner that a job goes to, or undefined (protocol I.4): runners of the repository first, then
 * of its organisation, then of the enterprise. One that let the job lie before comes last.
 */
export function chooseRunner(groups: Groups, job: Job, idle: IdleRunners): Runner | undefined {
  const fitting = scopesOf(groups, job.run.repository).flatMap((scope) =>
    (idle.get(scope.toLowerCase()) ?? []).filter((runner) => mayTake(groups, job, runner)),
  );
  return fitting.find((runner) => runner.id !== job.lastOfferedTo) ?? fitting[0];
}

/** Runners of a scale set take what is assigned to the set, whatever its labels; nobody else does. */
function mayTake(groups: Groups, job: Job, runner: Runner): boolean {
  if (runner.scaleSetId !== null || job.scaleSetId !== null) {
    return runner.scaleSetId === job.scaleSetId;
  }
  return labelsCover(runner.labels, job.leg.labels) && isInReach(groups, job, runner);
}

/** Whether the runner's group is the one that the job asks for, and lets the job's workflow in. */
function isInReach(groups: Groups, job: Job, runner: Runner): boolean {
  const wanted = job.leg.group;
  const group = groupOfRunner(groups, runner);
  if (group === null) return wanted === null || wanted.toLowerCase() === DEFAULT_GROUP;
  return (
    (wanted === null || isGroupCalled(group, wanted)) &&
    groupAllows(group, job.run.repository, workflowRef(job.group.scope))
  );
}
