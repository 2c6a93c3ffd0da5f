import { isAppError, messageOf } from '../domain/errors.ts';
import type { JobResult } from '../ports/job-executor.ts';
import type { FinishedStep } from '../ports/job-reporter.ts';

/** What happened around the executor, which it may not know itself. */
export interface JobCircumstances {
  /** Reason of the cancel signal: `AppError` of code `cancelled` or `job-gone`; null while not. */
  readonly cancelled: unknown;
  /** Why the container ended; null while it lives. */
  readonly lost: unknown;
  readonly shutdown: boolean;
}

/** Adds the cause of a failure that the executor could not name. */
export function explainResult(result: JobResult, around: JobCircumstances): JobResult {
  if (isAppError(around.cancelled, 'job-gone')) {
    const detail = `The job was stopped: ${around.cancelled.message}.`;
    return { ...result, conclusion: 'failure', failure: { kind: 'lease-lost', detail } };
  }
  if (isAppError(around.cancelled, 'cancelled') && result.failure?.kind === 'infrastructure') {
    // We take the container away from a job that does not end in time after its cancellation.
    const { failure: _failure, ...rest } = result;
    return { ...rest, conclusion: 'cancelled' };
  }
  if (result.failure !== undefined || result.conclusion !== 'failure') return result;
  if (around.lost !== null) {
    const detail = `The container of the job was lost: ${messageOf(around.lost)}.`;
    return { ...result, failure: { kind: 'infrastructure', detail } };
  }
  if (!around.shutdown) return result;
  const detail = 'The hub was stopped while the job was running.';
  return { ...result, failure: { kind: 'shutdown', detail } };
}

/** The result of a job whose executor did not come to one. */
export function brokenResult(
  steps: readonly FinishedStep[],
  detail: string,
  around: JobCircumstances,
): JobResult {
  const failure = { kind: 'infrastructure', detail } as const;
  const result: JobResult = { conclusion: 'failure', outputs: {}, steps, annotations: [], failure };
  return explainResult(result, around);
}

/** Outputs that may be stored and shown. */
export const publicOutputs = (result: JobResult): Record<string, string> =>
  Object.fromEntries(
    Object.entries(result.outputs).flatMap(([name, output]) =>
      output.isSecret ? [] : [[name, output.value]],
    ),
  );
