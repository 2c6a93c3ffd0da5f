import type { ConcurrencyWish } from '../../actions/concurrency-queue.ts';
import type { Value } from '../../actions/expressions.ts';
import type { WorkflowJob } from '../../actions/workflow-model.ts';
import type { Permissions } from '../../actions/workflow-permissions.ts';
import type { WorkflowTree } from '../../actions/workflow-tree.ts';
import type { JobGroup, Run, Scope } from '../state/model.ts';
import type { Store } from '../state/store.ts';

interface Source {
  readonly run: Run;
  readonly caller: Scope['caller'];
  readonly tree: WorkflowTree;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly permissions: Permissions;
  readonly concurrency: readonly ConcurrencyWish[];
  /** Ids of the only jobs that run, with what they need; null for all. */
  readonly only: readonly string[] | null;
}

/** A workflow of which nothing has happened yet. */
export function newScope(store: Pick<Store, 'nextId'>, { only, ...source }: Source): Scope {
  const scope: Scope = {
    kind: 'scope',
    id: store.nextId(),
    ...source,
    groups: new Map(),
    status: 'held',
    cancelled: false,
    result: null,
    outputs: {},
    wishes: [...source.concurrency],
    claims: [],
  };
  const { jobs } = source.tree.workflow;
  const wanted = only === null ? null : withNeeds(jobs, only);
  for (const definition of jobs) {
    if (wanted !== null && !wanted.has(definition.id)) continue;
    scope.groups.set(definition.id, newGroup(definition, scope));
  }
  return scope;
}

export const newGroup = (definition: WorkflowJob, scope: Scope): JobGroup => ({
  definition,
  scope,
  plan: null,
  jobs: [],
  calls: [],
  result: null,
  outputs: {},
});

/** The named jobs with everything that they need, directly or not. */
function withNeeds(jobs: readonly WorkflowJob[], names: readonly string[]): ReadonlySet<string> {
  const wanted = new Set(names);
  for (const id of wanted) {
    for (const need of jobs.find((job) => job.id === id)?.needs ?? []) wanted.add(need);
  }
  return wanted;
}
