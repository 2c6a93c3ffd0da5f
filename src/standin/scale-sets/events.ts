import { wireTime } from '../dependencies.ts';
import { fullName, type Job } from '../state/model.ts';
import type { ScaleSetClaim, ScaleSetEvent } from '../state/scale-set-model.ts';

/** An instant that has not come, as .NET writes it. */
const NEVER = '0001-01-01T00:00:00Z';

const time = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? NEVER : wireTime(ms);

/** What happened to a job, as a scale set is told (protocol H.3). */
export function eventOf(
  messageType: ScaleSetEvent['messageType'],
  job: Job,
  claim: Pick<ScaleSetClaim, 'assignedAt'>,
  more: Readonly<Record<string, unknown>> = {},
): ScaleSetEvent {
  const { run } = job;
  const body = {
    messageType,
    runnerRequestId: job.id,
    repositoryName: run.repository.name,
    ownerName: run.repository.owner,
    jobId: job.backendId,
    jobWorkflowRef: `${fullName(run.repository)}/${run.file}@${run.ref}`,
    jobDisplayName: job.leg.displayName,
    workflowRunId: run.id,
    eventName: run.event,
    requestLabels: job.leg.labels,
    queueTime: time(job.queuedAt),
    scaleSetAssignTime: time(claim.assignedAt),
    runnerAssignTime: time(job.startedAt),
    finishTime: time(job.completedAt),
    ...more,
  };
  return { messageType, jobId: job.id, body };
}

/** The words of the runner protocol for how a job ended. */
const RESULTS: Readonly<Record<string, string>> = {
  success: 'succeeded',
  failure: 'failed',
  cancelled: 'canceled',
  skipped: 'skipped',
};

export const runnerOf = ({ runner }: Job) => ({
  runnerId: runner?.id ?? 0,
  runnerName: runner?.name ?? '',
});

export const completedEvent = (job: Job, claim: ScaleSetClaim): ScaleSetEvent =>
  eventOf('JobCompleted', job, claim, {
    result: RESULTS[job.conclusion ?? ''] ?? 'failed',
    ...runnerOf(job),
  });

/** An assignment that came to nothing; the job itself still waits. */
export const unassignedEvent = (job: Job, claim: ScaleSetClaim): ScaleSetEvent =>
  eventOf('JobCompleted', job, claim, { result: 'canceled', ...runnerOf(job) });
