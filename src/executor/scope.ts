import type { Value } from '../actions/expressions.ts';
import type { JobStatus } from '../actions/step-condition.ts';
import type { JobState, StepEntry } from './job-state.ts';

/**
 * What the expressions of a step see: those of the job, or those inside one composite action, which
 * has `inputs` and `steps` of its own (protocol F.6).
 */
export interface Scope {
  readonly job: JobState;
  /** The `github` context; each step changes members. */
  readonly github: Record<string, Value>;
  /** The `steps` context by context name. */
  readonly steps: Map<string, StepEntry>;
  /** The `inputs` context. */
  readonly inputs: Value;
  /** Inside the main stage of a composite action: how its steps fared so far. */
  readonly status?: JobStatus;
}

/** What `success()` and `failure()` look at; a cancelled job is cancelled everywhere (protocol G.2). */
export function statusIn({ job, status }: Scope): JobStatus {
  return status === undefined || job.status === 'cancelled' ? job.status : status;
}
