import { labelsCover } from '../../domain/labels.ts';
import { fullName, type Job } from '../state/model.ts';
import { groupAllows, groupOfRunner, isGroupCalled, scopesOf } from '../state/runner-groups.ts';
import type { ScaleSet } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';

/**
 * Whether a set may take a job: registered where the job's repository may use runners, in a group that
 * lets it, with labels, or a name, that cover `runs-on` (protocol H.3, I.4).
 */
export function mayTake(store: Store, set: ScaleSet, { run, leg }: Job): boolean {
  const scopes = scopesOf(store, run.repository).map((scope) => scope.toLowerCase());
  if (!scopes.includes(set.scope.toLowerCase())) return false;
  const labels = [set.name, ...set.labels.map(({ name }) => name)];
  if (!labelsCover(labels, leg.labels)) return false;
  const group = groupOfRunner(store, set);
  if (group === null) return leg.group === null;
  const workflow = `${fullName(run.repository)}/${run.file}@${run.ref}`;
  return (
    groupAllows(group, run.repository, workflow) &&
    (leg.group === null || isGroupCalled(group, leg.group))
  );
}
