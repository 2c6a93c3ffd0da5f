import {
  STEP_CONCLUSION,
  STEP_STATUS,
  type WireStepUpdate,
} from '../../contract/runner-protocol.ts';
import { fromWireConclusion } from '../../domain/conclusion.ts';
import type { WireStepResult } from '../run-service/complete-body.ts';
import type { Job } from '../state/model.ts';
import type { JobStep } from '../state/run-parts.ts';

const STATUS: Readonly<Record<number, JobStep['status']>> = {
  [STEP_STATUS.inProgress]: 'in_progress',
  [STEP_STATUS.pending]: 'pending',
  [STEP_STATUS.completed]: 'completed',
};

const CONCLUSION: Readonly<Record<number, string>> = {
  [STEP_CONCLUSION.success]: 'success',
  [STEP_CONCLUSION.failure]: 'failure',
  [STEP_CONCLUSION.cancelled]: 'cancelled',
  [STEP_CONCLUSION.skipped]: 'skipped',
};

/** Takes over a WorkflowStepsUpdate (protocol E.2). One that was overtaken by a later one is dropped. */
export function updateSteps(
  job: Job,
  changeOrder: number,
  updates: readonly WireStepUpdate[],
): void {
  if (changeOrder <= job.lastChangeOrder || job.status !== 'in_progress') return;
  job.lastChangeOrder = changeOrder;
  for (const update of updates) {
    job.steps.set(update.external_id, {
      id: update.external_id,
      number: update.number,
      name: update.name,
      status: STATUS[update.status] ?? 'pending',
      conclusion: CONCLUSION[update.conclusion] ?? null,
      startedAt: update.started_at,
      completedAt: update.completed_at,
    });
  }
}

/** The final word on the steps: the results of completejob (protocol C.3). */
export function completeSteps(job: Job, results: readonly WireStepResult[]): void {
  for (const result of results) {
    job.steps.set(result.external_id, {
      id: result.external_id,
      number: result.number ?? 0,
      name: result.name ?? '',
      status: 'completed',
      conclusion: fromWireConclusion(result.conclusion ?? 'succeeded'),
      startedAt: result.started_at ?? null,
      completedAt: result.completed_at ?? null,
    });
  }
}
