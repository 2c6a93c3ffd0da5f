import type { JobStatus } from '../actions/step-condition.ts';
import type { Scope } from './job-state.ts';

/** What `success()` and `failure()` look at; a cancelled job is cancelled everywhere (protocol G.2). */
export function statusIn({ job, status }: Scope): JobStatus {
  return status === undefined || job.status === 'cancelled' ? job.status : status;
}
