import { randomUUID } from 'node:crypto';
import type { Value } from '../../actions/expressions.ts';
import { resolveInputs } from '../../actions/workflow-inputs.ts';
import type { Problem, Workflow } from '../../actions/workflow-model.ts';
import { isTriggeredBy, type Occurrence } from '../../actions/workflow-triggers.ts';
import type { Address, StandinClock } from '../dependencies.ts';
import { githubError } from '../http/refusal.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Repository, Run } from '../state/model.ts';
import type { PullReference } from '../state/run-parts.ts';
import type { Store } from '../state/store.ts';
import { newRun } from './new-run.ts';
import { dispatchPayload } from './payloads.ts';
import type { FoundWorkflow, ReadWorkflows } from './read-workflows.ts';

/** Something that happened, with all that runs of it need to know. */
export interface Happening {
  readonly repository: Repository;
  /** Where the commits come from: another repository for a pull request from a fork. */
  readonly headRepository: Repository;
  readonly occurrence: Occurrence;
  /** The commit that workflows are read from and run at. */
  readonly sha: string;
  readonly headRef: string;
  /** The commit that the runs are shown at. */
  readonly headSha: string;
  readonly payload: Readonly<Record<string, Value>>;
  readonly title: string;
  readonly actor: string;
  /** Inputs of a workflow_dispatch, as given. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Only this file, by path or by name. */
  readonly file: string | null;
  /** Only these jobs and what they need. */
  readonly jobs: readonly string[] | null;
  /** How many workflow_run events led here. */
  readonly chain: number;
  readonly needsApproval: boolean;
  readonly pull?: PullReference | undefined;
}

export interface Started {
  readonly runs: readonly Run[];
  readonly problems: readonly Problem[];
}

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly readWorkflows: ReadWorkflows;
  readonly scheduler: Scheduler;
}

/** Events that show which files of a commit are broken. */
const SHOWN_WITH: readonly string[] = ['push', 'pull_request'];

export type StartRuns = (happening: Happening) => Promise<Started>;

/**
 * Starts a run of every workflow that what happened triggers. A file with problems becomes a run that
 * failed to start, as at GitHub, because nobody can tell whether it was meant.
 */
export function createStartRuns(deps: Deps): StartRuns {
  return async (happening) => {
    const { repository, sha, file, occurrence } = happening;
    const isMeant = (workflow: Workflow) => isTriggeredBy(workflow, occurrence);
    const wanted = await deps.readWorkflows({
      ...{ repository, sha, ref: occurrence.ref, file, isMeant },
      withBroken: file !== null || SHOWN_WITH.includes(occurrence.event),
    });
    const prepared = wanted.map((found) => ({ found, ...inputsFor(deps, found, happening) }));
    const unknown = wanted.flatMap((found) => unknownJobs(found, happening));
    const problems = [...wanted.flatMap((found) => found.problems), ...unknown];
    if (unknown.length > 0) return { runs: [], problems };
    const runs = prepared.map(({ found, ...inputs }) => createRun(deps, happening, found, inputs));
    for (const run of runs) deps.scheduler.start(run);
    return { runs, problems };
  };
}

interface RunInputs {
  readonly inputs: Readonly<Record<string, Value>>;
  readonly payload: Readonly<Record<string, Value>>;
}

/** Inputs of a workflow_dispatch; refuses what the workflow does not declare. */
function inputsFor(
  { address }: Deps,
  { tree }: FoundWorkflow,
  { occurrence, repository, payload, inputs }: Happening,
): RunInputs {
  if (occurrence.event !== 'workflow_dispatch' || tree === null) return { inputs: {}, payload };
  const { workflow } = tree;
  const resolved = resolveInputs(workflow.dispatchInputs, inputs);
  if ('refused' in resolved) throw githubError(422, resolved.refused);
  return {
    inputs: resolved.typed,
    payload: dispatchPayload(repository, occurrence.ref, workflow.file, resolved.texts, address),
  };
}

function unknownJobs({ file, tree }: FoundWorkflow, { jobs }: Happening): Problem[] {
  if (jobs === null || tree === null) return [];
  const known = new Set(tree.workflow.jobs.map((job) => job.id));
  return jobs
    .filter((id) => !known.has(id))
    .map((id) => ({ file, line: 1, column: 1, message: `There is no job '${id}'` }));
}

function createRun(
  { store, clock, address }: Deps,
  happening: Happening,
  found: FoundWorkflow,
  inputs: RunInputs,
): Run {
  const { repository, headRepository, occurrence, sha, headRef, headSha } = happening;
  const { title, actor, jobs, chain, needsApproval } = happening;
  const run = newRun(store, clock, address, {
    ...found,
    ...inputs,
    ...{ repository, headRepository, sha, headRef, headSha, title, actor, jobs, chain },
    needsApproval,
    pull: happening.pull ?? null,
    planId: randomUUID(),
    event: occurrence.event,
    ref: occurrence.ref,
    baseRef: occurrence.baseRef ?? '',
  });
  store.runs.set(run.id, run);
  return run;
}
