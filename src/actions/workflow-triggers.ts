import { matchesPatterns } from './workflow-filter.ts';
import type { EventFilter, Workflow } from './workflow-model.ts';

/** Something that happened in a repository, as far as `on` can filter it. */
export interface Occurrence {
  readonly event: string;
  /** Activity type, such as `opened`; null where the event has none. */
  readonly action: string | null;
  /** Full ref, such as `refs/heads/main`. */
  readonly ref: string;
  /** Short name of the branch that a pull request would change, or that another workflow ran for. */
  readonly baseRef: string | null;
  readonly changedFiles: readonly string[];
  /** Name of the workflow that a workflow_run is about. */
  readonly workflow?: string | null;
  /** The line of `on.schedule` whose time has come. */
  readonly schedule?: string | null;
}

/** Path filters look at no more files than these (GitHub docs). */
const MAX_FILES = 300;

/** Activity types that count when `types` is absent; other events take every type. */
const DEFAULT_TYPES: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
};

const SKIP = /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i;

/** Whether a commit message asks for no runs of `push` and `pull_request`. */
export const skipsRuns = (commitMessage: string): boolean => SKIP.test(commitMessage);

/** Whether the workflow runs for what happened. */
export function isTriggeredBy(workflow: Workflow, occurrence: Occurrence): boolean {
  const filter = Object.hasOwn(workflow.on, occurrence.event)
    ? workflow.on[occurrence.event]
    : undefined;
  if (filter === undefined) return false;
  return (
    passesTypes(filter, occurrence) &&
    passesWorkflow(filter, occurrence) &&
    passesSchedule(workflow, occurrence) &&
    passesRef(filter, occurrence) &&
    passesPaths(filter, occurrence)
  );
}

function passesTypes(filter: EventFilter, { event, action }: Occurrence): boolean {
  const types = filter.types ?? DEFAULT_TYPES[event];
  return types === undefined || action === null || types.includes(action);
}

const passesWorkflow = ({ workflows }: EventFilter, { workflow = null }: Occurrence): boolean =>
  workflows === undefined || (workflow !== null && workflows.includes(workflow));

const passesSchedule = ({ schedules }: Workflow, { schedule = null }: Occurrence): boolean =>
  schedule === null || schedules.some(({ cron }) => cron === schedule);

function passesRef(filter: EventFilter, occurrence: Occurrence): boolean {
  if (occurrence.baseRef !== null) return passesBranches(filter, occurrence.baseRef);
  if (occurrence.event !== 'push') return true;
  const branch = shortName(occurrence.ref, 'refs/heads/');
  const tag = shortName(occurrence.ref, 'refs/tags/');
  const filtersBranches = (filter.branches ?? filter['branches-ignore']) !== undefined;
  const filtersTags = (filter.tags ?? filter['tags-ignore']) !== undefined;
  if (branch !== null) return filtersBranches ? passesBranches(filter, branch) : !filtersTags;
  if (tag !== null) return filtersTags ? passesTags(filter, tag) : !filtersBranches;
  return true;
}

const passesBranches = (filter: EventFilter, name: string): boolean =>
  passes(name, filter.branches, filter['branches-ignore']);

const passesTags = (filter: EventFilter, name: string): boolean =>
  passes(name, filter.tags, filter['tags-ignore']);

const passes = (
  name: string,
  only: readonly string[] | undefined,
  ignore: readonly string[] | undefined,
): boolean =>
  (only === undefined || matchesPatterns(name, only)) &&
  (ignore === undefined || !matchesPatterns(name, ignore));

/** Path filters do not apply to tags; one file that passes is enough. */
function passesPaths(filter: EventFilter, { ref, changedFiles }: Occurrence): boolean {
  const { paths, 'paths-ignore': ignored } = filter;
  if ((paths ?? ignored) === undefined || ref.startsWith('refs/tags/')) return true;
  return changedFiles.slice(0, MAX_FILES).some((file) => passes(file, paths, ignored));
}

const shortName = (ref: string, prefix: string): string | null =>
  ref.startsWith(prefix) ? ref.slice(prefix.length) : null;
