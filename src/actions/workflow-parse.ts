import { FeatureFlags } from '@actions/expressions/features';
import { NoOperationTraceWriter, parseWorkflow as readTemplate } from '@actions/workflow-parser';
import { convertConcurrency } from '@actions/workflow-parser/model/converter/concurrency';
import { convertOn } from '@actions/workflow-parser/model/converter/events';
import { convertJobs } from '@actions/workflow-parser/model/converter/jobs';
import type {
  EventsConfig,
  WorkflowJob as ParsedJob,
} from '@actions/workflow-parser/model/workflow-template';
import type { TemplateContext } from '@actions/workflow-parser/templates/template-context';
import { TemplateTokenError } from '@actions/workflow-parser/templates/tokens/template-token';
import { readCallInterface } from './workflow-call-interface.ts';
import { readDispatchInputs } from './workflow-inputs.ts';
import { readJob } from './workflow-job.ts';
import type { EventFilter, Problem, Workflow } from './workflow-model.ts';
import { findProblems } from './workflow-problems.ts';
import { membersOf, optionalWireToken, type ParsedToken, textOf } from './workflow-tokens.ts';

export interface ParsedWorkflow {
  /** Null exactly when there are problems. */
  readonly workflow: Workflow | null;
  /** Every problem that was found, in the order of the file. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a workflow file with GitHub's own parser and schema, and checks what the schema cannot say
 * (needs, ids, references). Never throws for what the text contains.
 */
export function parseWorkflow(file: string, text: string): ParsedWorkflow {
  const { context, value: root } = readTemplate(
    { name: file, content: text },
    new NoOperationTraceWriter(),
  );
  context.state['featureFlags'] = new FeatureFlags();
  const members = membersOf(root);
  const on = convert(context, members.get('on'), convertOn, {});
  const jobs = convert(context, members.get('jobs'), convertJobs, []);
  convert(context, members.get('concurrency'), convertConcurrency, {});
  const own = findProblems(file, members, jobs);
  const problems = inOrder([...problemsOf(file, context), ...own]);
  if (root === undefined && problems.length === 0) {
    return { workflow: null, problems: [{ file, line: 1, column: 1, message: 'No content' }] };
  }
  if (problems.length > 0) return { workflow: null, problems };
  return { workflow: readWorkflow(file, text, members, on, jobs), problems };
}

/** Runs one converter of the library; what it throws about a token is a problem of that token. */
function convert<Result>(
  context: TemplateContext,
  token: ParsedToken | undefined,
  converter: (context: TemplateContext, token: ParsedToken) => Result,
  fallback: Result,
): Result {
  if (token === undefined) return fallback;
  try {
    return converter(context, token);
  } catch (error) {
    context.error(error instanceof TemplateTokenError ? (error.token ?? token) : token, error);
    return fallback;
  }
}

const problemsOf = (file: string, context: TemplateContext): Problem[] =>
  context.errors.getErrors().map((error) => ({
    file,
    line: error.range?.start.line ?? 1,
    column: error.range?.start.column ?? 1,
    message: error.rawMessage,
  }));

/** At one place the first problem is the cause of the others. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const places = new Map<string, Problem>();
  for (const each of problems) {
    const place = `${each.line}:${each.column}`;
    if (!places.has(place)) places.set(place, each);
  }
  return [...places.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

function readWorkflow(
  file: string,
  text: string,
  members: ReadonlyMap<string, ParsedToken>,
  on: EventsConfig,
  jobs: readonly ParsedJob[],
): Workflow {
  const rawJobs = membersOf(members.get('jobs'));
  const triggers = membersOf(members.get('on'));
  return {
    file,
    name: textOf(members.get('name')) ?? null,
    runName: optionalWireToken(members.get('run-name')),
    on: on as Readonly<Record<string, EventFilter>>,
    dispatchInputs: readDispatchInputs(triggers.get('workflow_dispatch')),
    schedules: (on.schedule ?? []).map(({ cron, timezone }) => ({
      cron,
      timezone: timezone ?? null,
    })),
    callInterface: Object.hasOwn(on, 'workflow_call')
      ? readCallInterface(triggers.get('workflow_call'))
      : null,
    env: optionalWireToken(members.get('env')),
    defaults: optionalWireToken(members.get('defaults')),
    permissions: optionalWireToken(members.get('permissions')),
    concurrency: optionalWireToken(members.get('concurrency')),
    jobs: jobs.flatMap((job) => {
      const raw = rawJobs.get(job.id.value);
      return raw === undefined ? [] : [readJob(job, raw)];
    }),
    secrets: secretsIn(text),
  };
}

/** Which secrets a job needs to be given: GitHub sends only those that the text names (D.6). */
function secretsIn(text: string): readonly string[] | null {
  const names = [...text.matchAll(/\bsecrets\s*(?:\.\s*([A-Za-z_][\w-]*)|\[\s*'([^']+)'\s*\])/g)];
  const uses = [...text.matchAll(/\bsecrets\b(?!\s*:)/g)].length;
  if (uses > names.length) return null;
  return [...new Set(names.map((match) => (match[1] ?? match[2] ?? '').toUpperCase()))];
}
