/**
 * The seven timestamps of a job (design 1.5), as ISO 8601 instants in UTC. Every latency that
 * RunnerHub shows is a difference of two of these; nothing is subtracted from them.
 *
 * A runner may be decided and made ready before the job that it finally runs is even queued, so
 * `decided_at` may precede `queued_at`.
 */
export interface JobTimestamps {
  /** GitHub queued the job (`workflow_job.created_at`). */
  readonly queued_at: string | null;
  /** We committed the first webhook, or found the job by reconciling. */
  readonly webhook_received_at: string | null;
  /** The scheduler decided to start the runner that ran the job. */
  readonly decided_at: string | null;
  /** The container was ready for steps. */
  readonly container_ready_at: string | null;
  /** The runner's session at the broker was open. */
  readonly runner_online_at: string | null;
  /** The job was acquired and its lease renewed for the first time. */
  readonly job_started_at: string | null;
  /** The first step of the workflow file began (after "Set up job"). */
  readonly first_step_at: string | null;
}

export const TIMESTAMP_NAMES = [
  'queued_at',
  'webhook_received_at',
  'decided_at',
  'container_ready_at',
  'runner_online_at',
  'job_started_at',
  'first_step_at',
] as const satisfies readonly (keyof JobTimestamps)[];

export const NO_TIMESTAMPS: JobTimestamps = {
  queued_at: null,
  webhook_received_at: null,
  decided_at: null,
  container_ready_at: null,
  runner_online_at: null,
  job_started_at: null,
  first_step_at: null,
};

/** An instant as GitHub writes it, as ISO 8601 to the millisecond; null where it is missing or none. */
export function instantOrNull(text: string | null | undefined): string | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
