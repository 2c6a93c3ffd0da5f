import { toText, type Value } from '../../actions/expressions.ts';
import { evaluateToken } from '../../actions/template-token.ts';
import type { Problem } from '../../actions/workflow-model.ts';
import type { WorkflowTree } from '../../actions/workflow-tree.ts';
import type { Address, StandinClock } from '../dependencies.ts';
import { scopeContexts } from '../scheduler/contexts.ts';
import { limitOfRun } from '../scheduler/job-permissions.ts';
import { newScope } from '../scheduler/new-scope.ts';
import type { Repository, Run } from '../state/model.ts';
import type { PullReference, StartupCheck } from '../state/run-parts.ts';
import { variablesOf } from '../state/settings.ts';
import type { Store } from '../state/store.ts';

export interface RunSource {
  readonly repository: Repository;
  readonly headRepository: Repository;
  readonly file: string;
  /** Null when the file, or one that it calls, has problems. */
  readonly tree: WorkflowTree | null;
  readonly problems: readonly Problem[];
  /** `name` of the file, also of one with problems where it can be read. */
  readonly name: string | null;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly payload: Readonly<Record<string, Value>>;
  readonly planId: string;
  readonly event: string;
  readonly ref: string;
  readonly baseRef: string;
  readonly sha: string;
  readonly headRef: string;
  readonly headSha: string;
  readonly title: string;
  readonly pull: PullReference | null;
  readonly actor: string;
  readonly jobs: readonly string[] | null;
  readonly chain: number;
  /** Whether somebody has to allow it first. */
  readonly needsApproval: boolean;
}

/** A run that has not begun; one of a broken file has failed already. */
export function newRun(
  store: Store,
  clock: StandinClock,
  address: Address,
  source: RunSource,
): Run {
  const { repository, file, tree, title, name, jobs, needsApproval, ...rest } = source;
  const number = (repository.runNumbers.get(file) ?? 0) + 1;
  repository.runNumbers.set(file, number);
  const now = clock.now();
  const isOver = tree === null || needsApproval;
  const run: Run = {
    ...rest,
    id: store.nextId(),
    attempt: 1,
    previous: null,
    number,
    repository,
    file,
    workflowId: workflowId(store, repository, file),
    name: tree?.workflow.name ?? name ?? file,
    displayTitle: title,
    root: null,
    startupCheck: tree === null ? startupCheck(store, source) : null,
    triggeringActor: source.actor,
    debug: false,
    createdAt: now,
    startedAt: now,
    updatedAt: now,
    status: isOver ? 'completed' : 'queued',
    conclusion: outcome(tree, needsApproval),
    cancelled: false,
    reviews: [],
  };
  if (tree === null) return run;
  const permissions = limitOfRun(run);
  const { inputs } = source;
  run.root = newScope(store, {
    ...{ run, caller: null, tree, inputs, permissions, concurrency: [], only: jobs },
  });
  run.displayTitle = titleOf(store, run, address);
  return run;
}

/** The problems of the files, each at its line and column. */
const startupCheck = (store: Store, { problems }: RunSource): StartupCheck => ({
  id: store.nextId(),
  annotations: problems.map(({ file, line, column, message }) => ({
    level: 'failure',
    message,
    title: 'Invalid workflow file',
    path: file,
    startLine: line,
    endLine: line,
    startColumn: column,
    endColumn: column,
  })),
});

function outcome(tree: WorkflowTree | null, needsApproval: boolean): Run['conclusion'] {
  if (tree === null) return 'startup_failure';
  return needsApproval ? 'action_required' : null;
}

function workflowId(store: Store, repository: Repository, file: string): number {
  const id = repository.workflowIds.get(file) ?? store.nextSmallId();
  repository.workflowIds.set(file, id);
  return id;
}

/** `run-name`, where there is one that can be evaluated. */
function titleOf(store: Store, run: Run, address: Address): string {
  const runName = run.root?.tree.workflow.runName;
  if (run.root === null || runName === undefined) return run.displayTitle;
  try {
    const contexts = scopeContexts(run.root, variablesOf(store, run.repository), address);
    return toText(evaluateToken(runName, contexts)) || run.displayTitle;
  } catch {
    return run.displayTitle;
  }
}
