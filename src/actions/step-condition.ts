import {
  type Contexts,
  type ExpressionFunction,
  evaluateExpression,
  isTruthy,
} from './expressions.ts';

/** Status of a job while its steps run (protocol G.2). */
export type JobStatus = 'success' | 'failure' | 'cancelled';

const nullary = (name: string, value: boolean): ExpressionFunction => ({
  name,
  minArgs: 0,
  maxArgs: 0,
  call: () => value,
});

export const statusFunctions = (status: JobStatus): readonly ExpressionFunction[] => [
  nullary('success', status === 'success'),
  nullary('failure', status === 'failure'),
  nullary('cancelled', status === 'cancelled'),
  nullary('always', true),
];

/** Whether a step's `if` lets it run. Throws `ExpressionFailure`; the step has failed then. */
export function evaluateCondition(
  condition: string,
  contexts: Contexts,
  status: JobStatus,
  functions: readonly ExpressionFunction[] = [],
): boolean {
  const all = [...statusFunctions(status), ...functions];
  return isTruthy(evaluateExpression(condition, contexts, all));
}

/** A job that was cancelled stays cancelled; otherwise a failure outweighs success (protocol G.2). */
export const worseStatus = (current: JobStatus, next: JobStatus): JobStatus =>
  current === 'success' ? next : current;
