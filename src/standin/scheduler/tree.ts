import type { Job, JobGroup, Run, Scope } from '../state/model.ts';

/** All jobs of the workflow files of a scope, those of called workflows behind their callers. */
export const groupsIn = (scope: Scope): readonly JobGroup[] =>
  [...scope.groups.values()].flatMap((group) => [group, ...group.calls.flatMap(groupsIn)]);

export const jobsIn = (scope: Scope): readonly Job[] =>
  groupsIn(scope).flatMap((group) => group.jobs);

/** Jobs of a run, in the order of its files; none when it has failed to start. */
export const jobsOf = (run: Run): readonly Job[] => (run.root === null ? [] : jobsIn(run.root));

/** A scope, its caller's scope and so on, up to the run's own. */
export const lineOf = (scope: Scope): readonly Scope[] =>
  scope.caller === null ? [scope] : [scope, ...lineOf(scope.caller.group.scope)];

/** Whether the run, or a call on the way to this scope, was asked to stop. */
export const isCancelled = (scope: Scope): boolean =>
  scope.run.cancelled || lineOf(scope).some((each) => each.cancelled);

/** `caller / ` for every call on the way to a scope, as GitHub names jobs of called workflows. */
export const namePrefix = (scope: Scope): string =>
  lineOf(scope)
    .map(({ caller }) => (caller === null ? '' : `${caller.leg.displayName} / `))
    .reverse()
    .join('');

/** The ids of the callers and of the job itself, which tell jobs of one run apart. */
export const idPath = (group: JobGroup): string =>
  [...lineOf(group.scope)]
    .reverse()
    .map(({ caller }) => caller?.group.definition.id ?? '')
    .filter((id) => id !== '')
    .concat(group.definition.id)
    .join('.');

/** The calls and jobs that a group became; each ends once. */
export const unitsOf = (group: JobGroup): readonly (Job | Scope)[] => [
  ...group.jobs,
  ...group.calls,
];

export const hasEnded = (unit: Job | Scope): boolean =>
  unit.status === 'completed' || unit.status === 'closed';

export const resultOf = (unit: Job | Scope) =>
  unit.kind === 'job' ? unit.conclusion : unit.result;

/** Whether a unit continues where it fails. Calls cannot: the key is not allowed there. */
export const mayFail = (unit: Job | Scope): boolean =>
  unit.kind === 'job' && unit.leg.continueOnError;
