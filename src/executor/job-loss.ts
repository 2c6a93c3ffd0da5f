import { isAppError, messageOf } from '../domain/errors.ts';
import type { JobState } from './job-state.ts';

/**
 * Remembers that the job's container or its engine is gone: the job has failed, not by its own steps,
 * and none of the rest can run. Every other error is left to the caller.
 */
export function noteJobLoss(state: JobState, error: unknown): void {
  if (!isAppError(error, 'container-lost') && !isAppError(error, 'docker-down')) return;
  if (state.failure !== undefined) return;
  state.failure = { kind: 'infrastructure', detail: state.masker.mask(messageOf(error)) };
  state.status = 'failure';
  state.annotations.push({ level: 'failure', message: state.failure.detail });
}
