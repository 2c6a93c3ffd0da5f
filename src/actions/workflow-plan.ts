import type { ConcurrencyWish } from './concurrency-queue.ts';
import {
  type Contexts,
  evaluateExpression,
  isList,
  isRecord,
  isTruthy,
  toText,
  type Value,
} from './expressions.ts';
import { expandMatrix, type Leg } from './matrix.ts';
import { evaluateToken, keyText, pairsOf, type TemplateToken } from './template-token.ts';
import { readConcurrency } from './workflow-concurrency.ts';
import { environmentOf, type JobEnvironment } from './workflow-environment.ts';
import type { WorkflowJob } from './workflow-model.ts';
import { type StatusOfNeeds, statusFunctions } from './workflow-status.ts';

/** What the server knows when it plans a job: the contexts that may occur outside of steps. */
export interface PlanContexts {
  readonly github: Value;
  readonly inputs: Value;
  readonly vars: Value;
  readonly needs: Value;
}

/** One job that a workflow's job becomes: the only one, or one leg of its matrix. */
export interface PlannedLeg {
  readonly matrix: Leg | null;
  readonly strategy: Readonly<Record<string, Value>>;
  readonly displayName: string;
  /** Name inside the job, `__default` without a matrix (protocol D.1). */
  readonly jobName: string;
  readonly labels: readonly string[];
  readonly group: string | null;
  readonly timeoutMinutes: number;
  readonly continueOnError: boolean;
  readonly concurrency: ConcurrencyWish | null;
  readonly environment: JobEnvironment | null;
}

export interface JobPlan {
  readonly failFast: boolean;
  readonly maxParallel: number;
  readonly legs: readonly PlannedLeg[];
}

const DEFAULT_TIMEOUT_MINUTES = 360;
const MAX_NAME = 100;

/** Whether a job runs, given how the jobs before it ended. Throws `ExpressionFailure`. */
export function shouldRun(
  condition: string,
  contexts: PlanContexts,
  status: StatusOfNeeds,
): boolean {
  return isTruthy(evaluateExpression(condition, { ...contexts }, statusFunctions(status)));
}

/** Expands a job into its legs. Throws `ExpressionFailure` or `MatrixFailure`; the job fails then. */
export function planJob(job: WorkflowJob, contexts: PlanContexts): JobPlan {
  const strategy = strategyMembers(job.strategy, contexts);
  const matrix = strategy.get('matrix');
  const legs = matrix === undefined || matrix === null ? [null] : expandMatrix(matrix);
  const failFast = strategy.get('fail-fast') !== false;
  const maxParallel = Number(strategy.get('max-parallel') ?? legs.length) || legs.length;
  const jobNames = new Set<string>();
  return {
    failFast,
    maxParallel,
    legs: legs.map((leg, index) =>
      planLeg(job, leg, jobNames, {
        ...contexts,
        matrix: leg,
        strategy: {
          'fail-fast': failFast,
          'job-index': index,
          'job-total': legs.length,
          'max-parallel': maxParallel,
        },
      }),
    ),
  };
}

function strategyMembers(
  token: TemplateToken | undefined,
  contexts: PlanContexts,
): ReadonlyMap<string, Value> {
  const evaluated = pairsOf(token).map(
    ({ Key, Value: value }) => [keyText(Key), evaluateToken(value, { ...contexts })] as const,
  );
  return new Map(evaluated);
}

interface LegContexts extends PlanContexts {
  readonly matrix: Leg | null;
  readonly strategy: Readonly<Record<string, Value>>;
}

function planLeg(
  job: WorkflowJob,
  leg: Leg | null,
  jobNames: Set<string>,
  legContexts: LegContexts,
): PlannedLeg {
  const contexts: Contexts = { ...legContexts };
  const timeout = evaluateToken(job.timeoutMinutes, contexts);
  return {
    matrix: leg,
    strategy: legContexts.strategy,
    displayName: displayName(job, leg, contexts),
    jobName: uniqueJobName(leg, jobNames),
    ...runnerChoice(evaluateToken(job.runsOn, contexts)),
    timeoutMinutes: timeout === null ? DEFAULT_TIMEOUT_MINUTES : Number(toText(timeout)),
    continueOnError: isTruthy(evaluateToken(job.continueOnError, contexts)),
    concurrency: readConcurrency(job.concurrency, contexts),
    environment: environmentOf(job.environment, contexts),
  };
}

/** GitHub writes the leg's values behind a name that does not itself contain an expression. */
function displayName(job: WorkflowJob, leg: Leg | null, contexts: Contexts): string {
  const given = toText(evaluateToken(job.name, contexts));
  const name = given === '' ? job.id : given;
  if (leg === null || (given !== '' && isExpression(job.name))) return name;
  const suffix = leavesOf(leg).filter((text) => text !== '');
  return suffix.length === 0 ? name : shorten(`${name} (${suffix.join(', ')})`);
}

const isExpression = (token: TemplateToken | undefined): boolean =>
  typeof token === 'object' && token !== null && token.type === 3;

const shorten = (name: string): string =>
  name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 3)}...`;

function leavesOf(value: Value): readonly string[] {
  if (isList(value)) return value.flatMap(leavesOf);
  if (isRecord(value)) return Object.values(value).flatMap(leavesOf);
  return [toText(value)];
}

function uniqueJobName(leg: Leg | null, taken: Set<string>): string {
  if (leg === null) return '__default';
  const base = `_${leavesOf(leg)
    .join('_')
    .replace(/[^A-Za-z0-9_-]/g, '_')}`.slice(0, 90);
  let name = base;
  for (let attempt = 2; taken.has(name); attempt += 1) name = `${base}_${attempt}`;
  taken.add(name);
  return name;
}

/** `runs-on` as a string, a list, or a mapping with `group` and `labels` (protocol I.4). */
function runnerChoice(value: Value): { labels: readonly string[]; group: string | null } {
  if (!isRecord(value)) return { labels: labelsOf(value), group: null };
  const group = toText(value['group'] ?? null);
  return { labels: labelsOf(value['labels'] ?? null), group: group === '' ? null : group };
}

const labelsOf = (value: Value): readonly string[] =>
  (isList(value) ? value : [value]).map(toText).filter((label) => label !== '');
