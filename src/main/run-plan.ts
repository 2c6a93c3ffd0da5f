import type { TemplateToken } from '../actions/template-token.ts';
import type { Problem, Workflow } from '../actions/workflow-model.ts';
import { parseWorkflow } from '../actions/workflow-parse.ts';
import type { WorkflowText } from './run-target.ts';

export interface RunPlan {
  readonly event: string;
  readonly workflows: readonly { readonly path: string; readonly workflow: Workflow }[];
}

export interface RunRequest {
  readonly event?: string;
  readonly job?: string;
}

type Parsed = RunPlan['workflows'];

/** Chooses the workflows and the event to run, or says every problem that there is. Pure. */
export function planRun(
  texts: readonly WorkflowText[],
  request: RunRequest,
): RunPlan | { readonly problems: readonly Problem[] } {
  const results = texts.map(({ path, text }) => ({ path, ...parseWorkflow(path, text) }));
  const problems = results.flatMap((result) => result.problems);
  if (problems.length > 0) return { problems };
  const parsed = results.flatMap(({ path, workflow }) =>
    workflow === null ? [] : [{ path, workflow }],
  );
  const event = request.event ?? defaultEvent(parsed);
  const listening = parsed.filter(({ workflow }) => Object.hasOwn(workflow.on, event));
  const first = texts[0]?.path ?? '';
  if (listening.length === 0) {
    const known = [...new Set(parsed.flatMap(({ workflow }) => Object.keys(workflow.on)))].join(
      ', ',
    );
    return {
      problems: [at(first, `No workflow listens to the event "${event}"; there are: ${known}`)],
    };
  }
  return withJob(listening, event, request.job, first);
}

function withJob(listening: Parsed, event: string, job: string | undefined, first: string) {
  if (job === undefined) return { event, workflows: listening };
  const having = listening.filter(({ workflow }) => workflow.jobs.some((each) => each.id === job));
  if (having.length > 0) return { event, workflows: having };
  const known = listening
    .flatMap(({ workflow }) => workflow.jobs.map((each) => each.id))
    .join(', ');
  return {
    problems: [at(first, `There is no job "${job}" for the event "${event}"; there are: ${known}`)],
  };
}

/** `push` where a workflow listens to it, else `workflow_dispatch`, else the first that is named. */
function defaultEvent(parsed: Parsed): string {
  const events = parsed.flatMap(({ workflow }) => Object.keys(workflow.on));
  return (
    ['push', 'workflow_dispatch'].find((event) => events.includes(event)) ?? events[0] ?? 'push'
  );
}

const at = (file: string, message: string): Problem => ({ file, line: 1, column: 1, message });

/**
 * Labels that the workflows ask for in so many words, and those that they may call. On this machine one
 * pool answers to all of them, except to those of other operating systems, which no container here can be.
 */
export function literalLabels(plan: RunPlan, known: readonly WorkflowText[]): readonly string[] {
  const callable = known
    .map(({ path, text }) => parseWorkflow(path, text).workflow)
    .filter((workflow) => workflow !== null && workflow.callInterface !== null);
  const workflows = [...plan.workflows.map(({ workflow }) => workflow), ...callable];
  const labels = workflows.flatMap(
    (workflow) => workflow?.jobs.flatMap((job) => textsOf(job.runsOn)) ?? [],
  );
  return [...new Set(labels)].filter((label) => !/^(windows|macos)/i.test(label));
}

function textsOf(token: TemplateToken): readonly string[] {
  if (typeof token === 'string') return [token];
  if (typeof token !== 'object' || token === null) return [];
  if (token.type === 1) return (token.seq ?? []).flatMap(textsOf);
  if (token.type === 2)
    return (token.map ?? []).flatMap((pair) => (pair.Key === 'labels' ? textsOf(pair.Value) : []));
  return 'lit' in token ? [token.lit] : [];
}
