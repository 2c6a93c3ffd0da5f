import { notFound } from '../../http/refusal.ts';
import type { Runner, RunnerGroup } from '../../state/model.ts';
import { groupsOf, groupsSharedWith, scopeKind } from '../../state/runner-groups.ts';
import { numberOf, sameScope, scopeOf } from '../lookup.ts';
import type { Call } from '../operation.ts';

export const runnersAt = ({ world }: Call, scope: string): readonly Runner[] =>
  [...world.store.runners.values()].filter((runner) => sameScope(runner.scope, scope));

export function runnerOf(call: Call): Runner {
  const runner = call.world.store.runners.get(numberOf(call, 'runner_id'));
  if (runner === undefined || !sameScope(runner.scope, scopeOf(call))) throw notFound();
  return runner;
}

/** The groups that a scope sees: its own, and for an organisation those that its enterprise shares. */
export function visibleGroups({ world: { store } }: Call, scope: string): readonly RunnerGroup[] {
  const own = groupsOf(store, scope);
  if (scopeKind(scope) !== 'organization') return own;
  return [...own, ...groupsSharedWith(store, scope)];
}

export function groupOf(call: Call): RunnerGroup {
  const id = numberOf(call, 'runner_group_id');
  const group = visibleGroups(call, scopeOf(call)).find((each) => each.id === id);
  if (group === undefined) throw notFound();
  call.world.store.runnerGroups.touch(group.id);
  return group;
}

/** A group of the scope itself; one that is only shared with it cannot be changed there. */
export function ownGroup(call: Call): RunnerGroup {
  const group = groupOf(call);
  if (!sameScope(group.scope, scopeOf(call))) throw notFound();
  return group;
}
