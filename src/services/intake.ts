import { type WorkflowJobEvent, workflowJobEvent } from '../contract/webhook.ts';
import { AppError } from '../domain/errors.ts';
import { deliveryId, type JobId, jobIdOf } from '../domain/ids.ts';
import { instantOrNull } from '../domain/timestamps.ts';
import { type Clock, isoNow } from '../ports/clock.ts';
import type { JobLedger, ReportedJob } from '../ports/job-ledger.ts';
import type { LiveEvents } from '../ports/live-events.ts';

/** A webhook whose signature is right. */
export interface VerifiedDelivery {
  /** GitHub's `X-GitHub-Delivery`; a redelivery has the same. */
  readonly id: string;
  /** `X-GitHub-Event`. */
  readonly event: string;
  /** The JSON text as received. */
  readonly payload: string;
  /** The payload, parsed. */
  readonly document: unknown;
}

export type IntakeOutcome =
  /** GitHub tries the webhook out; nothing is stored. */
  | { readonly kind: 'pong' }
  /** Kept, but RunnerHub has no use for this event. */
  | { readonly kind: 'noted' }
  | { readonly kind: 'stored'; readonly job: JobId }
  /** Seen before; nothing has changed. */
  | { readonly kind: 'duplicate' };

export interface Intake {
  /**
   * Commits the delivery to the ledger; when it resolves, nothing of it can be lost. Throws
   * `AppError`: `bad-request` for a `workflow_job` of another shape, `database-down`.
   */
  accept(delivery: VerifiedDelivery): Promise<IntakeOutcome>;
}

interface IntakeDeps {
  readonly ledger: Pick<JobLedger, 'recordDelivery'>;
  readonly live: Pick<LiveEvents, 'publish'>;
  readonly clock: Clock;
}

export function createIntake({ ledger, live, clock }: IntakeDeps): Intake {
  return {
    accept: async ({ id, event, payload, document }) => {
      if (event === 'ping') return { kind: 'pong' };
      const reported = event === 'workflow_job' ? reportedJob(document) : null;
      const receivedAt = isoNow(clock);
      const stored = await ledger.recordDelivery(
        { id: deliveryId(id), event, receivedAt, payload },
        reported,
      );
      if (stored === 'duplicate') return { kind: 'duplicate' };
      if (reported === null) return { kind: 'noted' };
      const job = reported.identity.id;
      live.publish({ kind: 'job', job });
      return { kind: 'stored', job };
    },
  };
}

function reportedJob(document: unknown): ReportedJob {
  const parsed = workflowJobEvent.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || '(top level)'}: ${message}`,
    );
    throw new AppError('bad-request', `This is no workflow_job event: ${problems.join('; ')}`);
  }
  return reportOf(parsed.data);
}

function reportOf({ workflow_job: job, repository }: WorkflowJobEvent): ReportedJob {
  return {
    identity: {
      id: jobIdOf(job.id),
      repository: clean(repository.full_name),
      runId: job.run_id,
      runAttempt: job.run_attempt,
      workflow: clean(job.workflow_name ?? ''),
      name: clean(job.name),
      labels: job.labels.map(clean),
      headSha: clean(job.head_sha),
      headBranch: cleanOrNull(job.head_branch),
      htmlUrl: cleanOrNull(job.html_url),
    },
    report: { status: job.status, conclusion: job.conclusion ?? null },
    queuedAt: instantOrNull(job.created_at),
    completedAt: job.status === 'completed' ? instantOrNull(job.completed_at) : null,
  };
}

/** The null character is legal in JSON but not in a text of the database. */
const clean = (text: string): string => text.replaceAll('\0', '\u{fffd}');
const cleanOrNull = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : clean(text);
