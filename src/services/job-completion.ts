import type {
  CompleteJobRequest,
  JobMessage,
  WireStepResult,
} from '../contract/runner-protocol.ts';
import type { Annotation } from '../domain/annotation.ts';
import { toWireConclusion } from '../domain/conclusion.ts';
import type { JobResult } from '../ports/job-executor.ts';
import type { FinishedStep } from '../ports/job-reporter.ts';
import type { CompletionTicket } from '../ports/runner-store.ts';

/** The body of completejob (protocol C.3). Instants are always there, also for skipped steps. */
export function buildCompletion(message: JobMessage, result: JobResult): CompleteJobRequest {
  const { environmentUrl } = result;
  const { billingOwnerId } = message;
  return {
    planId: message.plan.planId,
    jobId: message.jobId,
    conclusion: toWireConclusion(result.conclusion),
    outputs: { ...result.outputs },
    stepResults: result.steps.map(toStepResult),
    annotations: jobAnnotations(result),
    telemetry: [],
    ...(environmentUrl === undefined ? {} : { environmentUrl }),
    ...(billingOwnerId ? { billingOwnerId } : {}),
  };
}

/** People must see at GitHub why a job failed that did nothing wrong. */
function jobAnnotations(result: JobResult): Annotation[] {
  const { failure, annotations } = result;
  const said =
    failure === undefined || annotations.some(({ message }) => message === failure.detail);
  if (said) return [...annotations];
  return [...annotations, { level: 'failure', title: 'RunnerHub', message: failure.detail }];
}

function toStepResult(step: FinishedStep): WireStepResult {
  return {
    external_id: step.id,
    number: step.number,
    name: step.name,
    ...(step.actionName === undefined ? {} : { action_name: step.actionName }),
    ...(step.ref === undefined ? {} : { ref: step.ref }),
    ...(step.type === undefined ? {} : { type: step.type }),
    status: 'completed',
    conclusion: toWireConclusion(step.conclusion),
    started_at: step.startedAt,
    completed_at: step.completedAt,
    completed_log_lines: step.lines,
    annotations: [...step.annotations],
  };
}

/** Completes a job whose hub died; its steps are not known any more. */
export function buildOrphanCompletion(ticket: CompletionTicket, why: string): CompleteJobRequest {
  return {
    planId: ticket.planId,
    jobId: ticket.jobId,
    conclusion: 'failed',
    outputs: {},
    stepResults: [],
    annotations: [{ level: 'failure', title: 'RunnerHub', message: why }],
    telemetry: [],
    ...(ticket.billingOwnerId === null ? {} : { billingOwnerId: ticket.billingOwnerId }),
  };
}
