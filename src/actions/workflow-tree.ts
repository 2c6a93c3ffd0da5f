import { callProblems } from './workflow-call.ts';
import type { Problem, Workflow, WorkflowCall, WorkflowJob } from './workflow-model.ts';
import { parseWorkflow } from './workflow-parse.ts';
import { parseWorkflowReference, type WorkflowReference } from './workflow-reference.ts';

/** Where the text of a workflow came from. */
export interface WorkflowSource {
  /** `owner/name`. */
  readonly repository: string;
  readonly file: string;
  readonly ref: string;
  readonly sha: string;
}

/** A workflow with those that its jobs call, by the id of the calling job. */
export interface WorkflowTree {
  readonly workflow: Workflow;
  readonly source: WorkflowSource;
  readonly calls: Readonly<Record<string, WorkflowTree>>;
}

/** Fetches a called workflow; a local one is read where its caller was read. */
export type ReadCalled = (
  reference: WorkflowReference,
  from: WorkflowSource,
) => Promise<{ readonly source: WorkflowSource; readonly text: string } | null>;

/** Levels of workflows, the first one included, and different workflows in one run (GitHub's limits). */
const MAX_LEVELS = 10;
const MAX_WORKFLOWS = 50;

interface Loading {
  readonly read: ReadCalled;
  readonly rootRepository: string;
  readonly problems: Problem[];
  readonly seen: Set<string>;
}

/** Fetches all that a workflow calls, down to the last one, with every problem on the way. */
export async function loadWorkflowTree(
  workflow: Workflow,
  source: WorkflowSource,
  read: ReadCalled,
): Promise<{ readonly tree: WorkflowTree; readonly problems: readonly Problem[] }> {
  const loading = {
    read,
    rootRepository: source.repository,
    problems: [],
    seen: new Set<string>(),
  };
  const tree = await load(loading, workflow, source, []);
  return { tree, problems: loading.problems };
}

async function load(
  loading: Loading,
  workflow: Workflow,
  source: WorkflowSource,
  above: readonly string[],
): Promise<WorkflowTree> {
  const calls: Record<string, WorkflowTree> = {};
  for (const job of workflow.jobs) {
    if (job.call === null) continue;
    const called = await loadCall(loading, job, job.call, source, [...above, keyOf(source)]);
    if (called !== null) calls[job.id] = called;
  }
  return { workflow, source, calls };
}

const keyOf = ({ repository, file, ref }: WorkflowSource): string =>
  `${repository.toLowerCase()}/${file}@${ref}`;

async function loadCall(
  loading: Loading,
  job: WorkflowJob,
  call: WorkflowCall,
  from: WorkflowSource,
  above: readonly string[],
): Promise<WorkflowTree | null> {
  const report = (message: string): null => {
    loading.problems.push({ file: shown(loading, from), ...call.at, message });
    return null;
  };
  if (above.length >= MAX_LEVELS) {
    return report(
      `job "${job.id}" calls workflow "${call.uses}", but doing so would exceed the limit on called workflow depth of ${MAX_LEVELS}`,
    );
  }
  const reference = parseWorkflowReference(call.uses);
  if ('invalid' in reference) return report(reference.invalid);
  const found = await loading.read(reference, from);
  if (found === null) {
    return report(`error parsing called workflow "${call.uses}": workflow was not found.`);
  }
  if (above.includes(keyOf(found.source))) {
    return report(`Loops in the workflow tree are not permitted: "${call.uses}" calls itself`);
  }
  loading.seen.add(keyOf(found.source));
  if (loading.seen.size > MAX_WORKFLOWS) {
    return report(
      `too many workflows are referenced, total: ${loading.seen.size}, limit: ${MAX_WORKFLOWS}`,
    );
  }
  return check(loading, call, from, found, above);
}

async function check(
  loading: Loading,
  call: WorkflowCall,
  from: WorkflowSource,
  { source, text }: { readonly source: WorkflowSource; readonly text: string },
  above: readonly string[],
): Promise<WorkflowTree | null> {
  const { workflow, problems } = parseWorkflow(source.file, text);
  if (workflow === null) {
    const file = shown(loading, source);
    loading.problems.push(...problems.map((problem) => ({ ...problem, file })));
    return null;
  }
  const wrong = callProblems(call, workflow.callInterface);
  const file = shown(loading, from);
  loading.problems.push(...wrong.map((problem) => ({ file, ...problem })));
  return wrong.length > 0 ? null : load(loading, workflow, source, above);
}

/** How a file is named in problems: those of the run's own repository by their path. */
const shown = ({ rootRepository }: Loading, { repository, file, ref }: WorkflowSource): string =>
  repository.toLowerCase() === rootRepository.toLowerCase() ? file : `${repository}/${file}@${ref}`;

/** All workflows of a tree, the first one first. */
export const workflowsOf = (tree: WorkflowTree): readonly WorkflowTree[] => [
  tree,
  ...Object.values(tree.calls).flatMap(workflowsOf),
];
