import type { WorkflowJob as ParsedJob } from '@actions/workflow-parser/model/workflow-template';
import type { Problem } from './workflow-model.ts';
import { parseWorkflowReference } from './workflow-reference.ts';
import { parseUses } from './workflow-step.ts';
import { itemsOf, membersOf, type ParsedToken, positionOf, textOf } from './workflow-tokens.ts';

/** What neither the schema nor the library's converters check. */
export function findProblems(
  file: string,
  root: ReadonlyMap<string, ParsedToken>,
  jobs: readonly ParsedJob[],
): readonly Problem[] {
  const jobsToken = root.get('jobs');
  const problem = (token: ParsedToken | undefined, message: string): Problem => ({
    file,
    ...positionOf(token),
    message,
  });
  return [
    ...concurrencyProblems(root.get('concurrency'), problem),
    ...[...membersOf(jobsToken).values()].flatMap((job) => jobProblems(job, problem)),
    ...needProblems(jobs, problem),
  ];
}

type Report = (token: ParsedToken | undefined, message: string) => Problem;

function jobProblems(job: ParsedToken, problem: Report): Problem[] {
  const members = membersOf(job);
  const uses = members.get('uses');
  const text = textOf(uses);
  const concurrency = concurrencyProblems(members.get('concurrency'), problem);
  if (text !== undefined) {
    const reference = parseWorkflowReference(text);
    return 'invalid' in reference
      ? [...concurrency, problem(uses, reference.invalid)]
      : [...concurrency];
  }
  const steps = itemsOf(members.get('steps')).flatMap((step) => stepProblems(step, problem));
  return [...concurrency, ...steps];
}

/** Who cancels what is in progress leaves nothing to wait in line for. */
function concurrencyProblems(token: ParsedToken | undefined, problem: Report): Problem[] {
  const members = membersOf(token);
  const queue = members.get('queue');
  const cancels = members.get('cancel-in-progress');
  const both = textOf(queue) === 'max' && cancels !== undefined && String(cancels) === 'true';
  return both
    ? [problem(queue, "'queue: max' cannot be used with 'cancel-in-progress: true'")]
    : [];
}

/** Step kinds of the schema that no runner of ours can run yet. */
const UNSUPPORTED = ['wait', 'wait-all', 'cancel', 'parallel', 'background'];

function stepProblems(step: ParsedToken, problem: Report): Problem[] {
  const members = membersOf(step);
  const uses = members.get('uses');
  const text = textOf(uses);
  const problems = UNSUPPORTED.filter((key) => members.has(key)).map((key) =>
    problem(members.get(key), `Steps with '${key}' are not supported yet`),
  );
  if (text !== undefined && parseUses(text) === null) {
    problems.push(problem(uses, `Expected format {org}/{repo}[/path]@ref. Actual '${text}'`));
  }
  return problems;
}

/** The library stays silent about single needs when no job can start at all. */
function needProblems(jobs: readonly ParsedJob[], problem: Report): Problem[] {
  const known = new Set(jobs.map((job) => job.id.value));
  return jobs.flatMap((job) =>
    (job.needs ?? [])
      .filter((need) => !known.has(need.value))
      .map((need) =>
        problem(need, `Job '${job.id.value}' depends on unknown job '${need.value}'.`),
      ),
  );
}
