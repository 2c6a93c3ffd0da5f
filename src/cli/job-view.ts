import type { JobState } from '../domain/job-lifecycle.ts';
import type { JobTimestamps } from '../domain/timestamps.ts';

/** A job as a person in front of a terminal wants to see it. */
export interface JobView {
  readonly workflow: string;
  readonly name: string;
  /** `blocked`: GitHub has not queued it yet, because jobs that it needs are not done. */
  readonly state: JobState | 'blocked';
  readonly conclusion: string | null;
  /** A sentence, while it is queued. */
  readonly waiting: string | null;
  readonly timestamps: JobTimestamps;
  readonly completedAt: string | null;
  readonly steps: readonly StepView[];
}

export interface StepView {
  readonly number: number;
  readonly name: string;
  readonly conclusion: string | null;
  readonly startedAt: string | null;
}

const MARKS: Record<string, string> = {
  success: '✓',
  failure: '✗',
  cancelled: '⊘',
  skipped: '–',
};

/** One sign for the state: the same in every list. */
export const markOf = (job: JobView): string => {
  if (job.state === 'completed') return MARKS[job.conclusion ?? ''] ?? '✗';
  return job.state === 'blocked' || job.state === 'queued' ? '○' : '●';
};

/** Where the job is on its way, in words. */
export function placeOf(job: JobView): string {
  switch (job.state) {
    case 'blocked':
      return 'waits for the jobs it needs';
    case 'queued':
      return job.waiting ?? 'queued';
    case 'assigned':
      return 'acquired by a runner';
    case 'preparing':
      return 'container is being set up';
    case 'running':
      return currentStep(job);
    case 'completed':
      return job.conclusion ?? 'completed';
  }
}

function currentStep(job: JobView): string {
  const step = job.steps.findLast((each) => each.startedAt !== null && each.conclusion === null);
  return step === undefined ? 'running' : `step ${step.number}: ${step.name}`;
}

/** Milliseconds between two instants; null where one is missing. */
export const between = (from: string | null, to: string | null): number | null =>
  from === null || to === null ? null : Date.parse(to) - Date.parse(from);

/** How long the job has been or was at work, from acquisition to its end or `now`. */
export const runTimeMs = (job: JobView, now: number): number | null =>
  job.timestamps.job_started_at === null
    ? null
    : (job.completedAt === null ? now : Date.parse(job.completedAt)) -
      Date.parse(job.timestamps.job_started_at);

export function duration(ms: number | null): string {
  if (ms === null) return '';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
