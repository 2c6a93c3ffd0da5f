import { toText, type Value } from '../../actions/expressions.ts';
import { evaluateToken } from '../../actions/template-token.ts';
import type { Problem, Workflow, WorkflowJob } from '../../actions/workflow-model.ts';
import type { Address, StandinClock } from '../dependencies.ts';
import { githubContext } from '../scheduler/contexts.ts';
import type { JobGroup, Repository, Run } from '../state/model.ts';
import { type Store, variablesOf } from '../state/store.ts';
import { ACTOR } from './payloads.ts';

interface Source {
  readonly repository: Repository;
  readonly file: string;
  readonly workflow: Workflow | null;
  readonly problems: readonly Problem[];
  readonly inputs: Readonly<Record<string, Value>>;
  readonly payload: Readonly<Record<string, Value>>;
  readonly planId: string;
  readonly event: string;
  readonly ref: string;
  readonly baseRef: string;
  readonly sha: string;
  readonly headRef: string;
  readonly title: string;
  readonly jobs: readonly string[] | null;
}

/** A run that has not begun; one of a broken file has failed already. */
export function newRun(store: Store, clock: StandinClock, address: Address, source: Source): Run {
  const { repository, file, workflow } = source;
  const number = (repository.runNumbers.get(file) ?? 0) + 1;
  repository.runNumbers.set(file, number);
  const now = clock.now();
  const run: Run = {
    id: store.nextId(),
    attempt: 1,
    number,
    repository,
    file,
    workflowId: workflowId(store, repository, file),
    name: workflow?.name ?? file,
    displayTitle: source.title,
    workflow,
    problems: source.problems,
    event: source.event,
    payload: source.payload,
    inputs: source.inputs,
    ref: source.ref,
    sha: source.sha,
    headRef: source.headRef,
    baseRef: source.baseRef,
    actor: ACTOR,
    planId: source.planId,
    createdAt: now,
    updatedAt: now,
    status: workflow === null ? 'completed' : 'queued',
    conclusion: workflow === null ? 'startup_failure' : null,
    cancelled: false,
    groups: groupsOf(workflow, source.jobs),
  };
  return { ...run, displayTitle: titleOf(store, run, address) };
}

function workflowId(store: Store, repository: Repository, file: string): number {
  const id = repository.workflowIds.get(file) ?? store.nextSmallId();
  repository.workflowIds.set(file, id);
  return id;
}

/** `run-name`, where there is one that can be evaluated. */
function titleOf(store: Store, run: Run, address: Address): string {
  if (run.workflow?.runName === undefined) return run.displayTitle;
  try {
    const contexts = {
      github: githubContext(run, address),
      inputs: run.inputs,
      vars: variablesOf(store, run.repository),
    };
    return toText(evaluateToken(run.workflow.runName, contexts)) || run.displayTitle;
  } catch {
    return run.displayTitle;
  }
}

function groupsOf(
  workflow: Workflow | null,
  only: readonly string[] | null,
): ReadonlyMap<string, JobGroup> {
  const jobs = workflow?.jobs ?? [];
  const wanted = only === null ? null : withNeeds(jobs, only);
  return new Map(
    jobs
      .filter((job) => wanted === null || wanted.has(job.id))
      .map((definition) => [
        definition.id,
        { definition, plan: null, jobs: [], result: null, outputs: {} },
      ]),
  );
}

/** The named jobs with everything that they need, directly or not. */
function withNeeds(jobs: readonly WorkflowJob[], names: readonly string[]): ReadonlySet<string> {
  const wanted = new Set(names);
  for (const id of wanted) {
    for (const need of jobs.find((job) => job.id === id)?.needs ?? []) wanted.add(need);
  }
  return wanted;
}
