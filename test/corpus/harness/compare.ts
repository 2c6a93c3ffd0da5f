import type { JobResult } from '../../../src/ports/job-executor.ts';
import type { FinishedStep } from '../../../src/ports/job-reporter.ts';
import type { RecordingReporter } from '../../support/recording-reporter.ts';
import type { Expectation, ExpectedAnnotation, ExpectedJob, ExpectedStep } from './case-schema.ts';
import type { RanJob, RanWorkflow } from './run-workflow.ts';

/** Everything that is not as it was expected, one sentence each; nothing where all holds. */
export function compare(expected: Expectation, ran: RanWorkflow): readonly string[] {
  if ('problems' in expected) return compareProblems(expected.problems, ran);
  if ('problems' in ran) return [`the workflow is refused: ${problemTexts(ran).join('; ')}`];
  if ('jobs' in expected) return compareRun(expected, ran);
  const [only, ...others] = ran.jobs;
  if (only === undefined || others.length > 0) return [`there are ${ran.jobs.length} jobs, not 1`];
  return compareJob(expected, only);
}

type Problems = Extract<RanWorkflow, { problems: unknown }>;
type Jobs = Extract<RanWorkflow, { jobs: unknown }>;

const problemTexts = ({ problems }: Problems): string[] =>
  problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

function compareProblems(expected: readonly string[], ran: RanWorkflow): string[] {
  if (!('problems' in ran)) return ['the workflow is accepted, but should be refused'];
  const found = problemTexts(ran);
  const same =
    found.length === expected.length &&
    found.every((text, at) => matches(expected[at] ?? '', text));
  return same ? [] : [`problems: ${show(found)}, not ${show(expected)}`];
}

function compareRun(
  expected: Extract<Expectation, { jobs: unknown }>,
  { conclusion, jobs }: Jobs,
): string[] {
  const names = jobs.map(({ job }) => job.leg.displayName);
  return [
    ...differ('conclusion of the run', conclusion, expected.conclusion),
    ...differ('jobs', [...names].sort(), Object.keys(expected.jobs).sort()),
    ...Object.entries(expected.jobs).flatMap(([name, job]) => {
      const found = jobs[names.indexOf(name)];
      return found === undefined ? [] : compareJob(job, found).map((text) => `${name}: ${text}`);
    }),
  ];
}

function compareJob(expected: ExpectedJob, { job, result, reporter }: RanJob): string[] {
  const found = [...differ('conclusion of the job', job.conclusion, expected.conclusion)];
  if (result === undefined || reporter === undefined) {
    const notes = job.annotations.map(({ level, message }) => ({ level, message }));
    if (expected.annotations) found.push(...compareAnnotations(expected.annotations, notes));
    if (expected.steps) found.push('the job was not executed');
    return found;
  }
  const { outputs, environmentUrl, annotations } = expected;
  if (outputs) found.push(...differ('outputs', plainOutputs(result), outputs));
  if (environmentUrl !== undefined) {
    found.push(...differ('environment url', result.environmentUrl, environmentUrl));
  }
  if (annotations)
    found.push(
      ...compareAnnotations(
        annotations,
        result.annotations.map((each) => ({ ...each })),
      ),
    );
  return [...found, ...compareRecords(expected, result, reporter)];
}

const plainOutputs = ({ outputs }: JobResult): Record<string, string> =>
  Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));

function compareRecords(
  { steps, setUp, complete }: ExpectedJob,
  result: JobResult,
  reporter: RecordingReporter,
): string[] {
  const records = [...result.steps].sort((a, b) => a.number - b.number);
  const check = (expected: ExpectedStep, record: FinishedStep | undefined): string[] =>
    record === undefined
      ? ['a step is missing']
      : compareStep(expected, record, reporter).map((text) => `"${record.name}": ${text}`);
  const found: string[] = [];
  if (setUp) found.push(...check(setUp, records[0]));
  if (complete) found.push(...check(complete, records.at(-1)));
  if (steps === undefined) return found;
  const own = records.slice(1, -1);
  if (own.length !== steps.length) {
    const names = own.map(({ name }) => name).join(' | ');
    found.push(`there are ${own.length} steps, not ${steps.length}: ${names}`);
  }
  return [...found, ...steps.flatMap((step, index) => check(step, own[index]))];
}

function compareStep(
  expected: ExpectedStep,
  record: FinishedStep,
  reporter: RecordingReporter,
): string[] {
  const { name, conclusion, annotations, summary } = expected;
  const found = differ('conclusion', record.conclusion, conclusion);
  found.push(...differ('outcome', record.outcome, expected.outcome ?? conclusion));
  if (name !== undefined && !matches(name, record.name)) {
    found.push(`its name should be ${show(name)}`);
  }
  if (annotations)
    found.push(
      ...compareAnnotations(
        annotations,
        record.annotations.map((each) => ({ ...each })),
      ),
    );
  if (summary !== undefined) {
    found.push(...differ('summary', reporter.summaries.get(record.name) ?? null, summary));
  }
  const all = reporter.linesOf(record.number).flatMap((line) => line.split('\n'));
  return [...found, ...compareLog(expected, all)];
}

function compareLog({ header, log, logHas, logLacks }: ExpectedStep, all: string[]): string[] {
  const end = all[0]?.startsWith('##[group]Run ') ? all.indexOf('##[endgroup]') + 1 : 0;
  const head = all.slice(0, end);
  const body = all.slice(end);
  const found = missing('the header', header ?? [], head);
  found.push(...missing('the log', logHas ?? [], body));
  for (const line of logLacks ?? []) {
    const bad = all.find((each) => matches(line, each));
    if (bad !== undefined)
      found.push(`the log should not hold ${show(line)}, but has ${show(bad)}`);
  }
  if (log === undefined) return found;
  const wrong = log.findIndex((line, index) => !matches(line, body[index]));
  if (wrong >= 0) {
    found.push(`line ${wrong + 1} of the log is ${show(body[wrong])}, not ${show(log[wrong])}`);
  } else if (body.length > log.length) {
    found.push(`the log goes on: ${show(body[log.length])}`);
  }
  return found;
}

const missing = (where: string, lines: readonly string[], among: readonly string[]): string[] =>
  lines
    .filter((line) => !among.some((each) => matches(line, each)))
    .map((line) => `${where} lacks ${show(line)}`);

/** A text between slashes is a regular expression over the whole line. */
function matches(expected: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  const pattern = /^\/(.+)\/$/.exec(expected)?.[1];
  return pattern === undefined ? text === expected : new RegExp(`^(?:${pattern})$`).test(text);
}

function compareAnnotations(
  expected: readonly ExpectedAnnotation[],
  found: readonly Readonly<Record<string, unknown>>[],
): string[] {
  const fits = (want: ExpectedAnnotation, has: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(want).every(([key, value]) =>
      key === 'message' ? matches(String(value), String(has[key])) : has[key] === value,
    );
  const right =
    expected.length === found.length &&
    expected.every((want, index) => fits(want, { ...found[index] }));
  return right ? [] : [`annotations are ${show(found)}, not ${show(expected)}`];
}

function differ(what: string, found: unknown, expected: unknown): string[] {
  const same = canonical(found) === canonical(expected);
  return same ? [] : [`${what}: ${show(found)}, not ${show(expected)}`];
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** JSON with the members of an object in the order of their names. */
function canonical(value: unknown): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return show(isObject ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value);
}
