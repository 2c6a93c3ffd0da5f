import { randomUUID } from 'node:crypto';
import type { Value } from '../../actions/expressions.ts';
import { resolveInputs } from '../../actions/workflow-inputs.ts';
import type { Problem, Workflow } from '../../actions/workflow-model.ts';
import { type ParsedWorkflow, parseWorkflow } from '../../actions/workflow-parse.ts';
import { isTriggeredBy, type Occurrence } from '../../actions/workflow-triggers.ts';
import type { Address, StandinClock } from '../dependencies.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitRepositories } from '../git/repositories.ts';
import { githubError } from '../http/refusal.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Repository, Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { newRun } from './new-run.ts';
import { dispatchPayload } from './payloads.ts';

const FOLDER = '.github/workflows';

/** Something that happened, with all that runs of it need to know. */
interface Happening {
  readonly repository: Repository;
  readonly occurrence: Occurrence;
  readonly sha: string;
  readonly headRef: string;
  readonly payload: Readonly<Record<string, Value>>;
  readonly title: string;
  /** Inputs of a workflow_dispatch, as given. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Only this file, by path or by name. */
  readonly file: string | null;
  /** Only these jobs and what they need. */
  readonly jobs: readonly string[] | null;
}

export interface Started {
  readonly runs: readonly Run[];
  readonly problems: readonly Problem[];
}

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly scheduler: Scheduler;
}

export type StartRuns = (happening: Happening) => Promise<Started>;

/**
 * Starts a run of every workflow that what happened triggers. A file with problems becomes a run that
 * failed to start, as at GitHub, because nobody can tell whether it was meant.
 */
export function createStartRuns(deps: Deps): StartRuns {
  return async (happening) => {
    const files = await readWorkflows(deps, happening);
    const wanted = files.filter(
      ({ workflow }) => workflow === null || isTriggeredBy(workflow, happening.occurrence),
    );
    const prepared = wanted.map((parsed) => ({
      ...parsed,
      ...inputsFor(deps, parsed.workflow, happening),
    }));
    const unknown = prepared.flatMap(({ file, workflow }) =>
      unknownJobs(file, workflow, happening),
    );
    const problems = [...wanted.flatMap((parsed) => parsed.problems), ...unknown];
    if (unknown.length > 0) return { runs: [], problems };
    const runs = prepared.map((each) => createRun(deps, happening, each));
    for (const run of runs) deps.scheduler.start(run);
    return { runs, problems };
  };
}

type FileOf = ParsedWorkflow & { readonly file: string };

async function readWorkflows(
  { repositories, history }: Deps,
  { repository, sha, file: only }: Happening,
): Promise<readonly FileOf[]> {
  const path = repositories.pathOf(repository.owner, repository.name);
  const files = (await history.filesIn(path, sha, FOLDER)).filter((file) => /\.ya?ml$/.test(file));
  const wanted = files.filter(
    (file) => only === null || file === only || file === `${FOLDER}/${only}`,
  );
  return Promise.all(
    wanted.map(async (file) => {
      const text = (await history.read(path, sha, file))?.toString('utf8') ?? '';
      return { file, ...parseWorkflow(file, text) };
    }),
  );
}

interface RunInputs {
  readonly inputs: Readonly<Record<string, Value>>;
  readonly payload: Readonly<Record<string, Value>>;
}

/** Inputs of a workflow_dispatch; refuses what the workflow does not declare. */
function inputsFor(
  { address }: Deps,
  workflow: Workflow | null,
  { occurrence, repository, payload, inputs }: Happening,
): RunInputs {
  if (occurrence.event !== 'workflow_dispatch' || workflow === null) return { inputs: {}, payload };
  const resolved = resolveInputs(workflow.dispatchInputs, inputs);
  if ('refused' in resolved) throw githubError(422, resolved.refused);
  return {
    inputs: resolved.typed,
    payload: dispatchPayload(repository, occurrence.ref, workflow.file, resolved.texts, address),
  };
}

function unknownJobs(file: string, workflow: Workflow | null, { jobs }: Happening): Problem[] {
  if (jobs === null || workflow === null) return [];
  const known = new Set(workflow.jobs.map((job) => job.id));
  return jobs
    .filter((id) => !known.has(id))
    .map((id) => ({ file, line: 1, column: 1, message: `There is no job '${id}'` }));
}

function createRun(
  { store, clock, address }: Deps,
  happening: Happening,
  source: FileOf & RunInputs,
): Run {
  const run = newRun(store, clock, address, {
    ...source,
    repository: happening.repository,
    planId: randomUUID(),
    event: happening.occurrence.event,
    ref: happening.occurrence.ref,
    baseRef: happening.occurrence.baseRef ?? '',
    sha: happening.sha,
    headRef: happening.headRef,
    title: happening.title,
    jobs: happening.jobs,
  });
  store.runs.set(run.id, run);
  return run;
}
