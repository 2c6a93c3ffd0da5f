import type { JobId } from '../domain/ids.ts';
import { isRefused, type JobState } from '../domain/job-lifecycle.ts';
import type { DispatchQueue } from '../ports/dispatch-queue.ts';
import type { JobBoard } from '../ports/job-board.ts';
import type { JobLedger } from '../ports/job-ledger.ts';
import type { Log } from '../ports/log.ts';
import type { RunnerStore } from '../ports/runner-store.ts';

interface ReconcilerDeps {
  readonly ledger: Pick<JobLedger, 'list' | 'apply'>;
  readonly board: Pick<JobBoard, 'queued'>;
  readonly runners: Pick<RunnerStore, 'live'>;
  readonly queue: Pick<DispatchQueue, 'enqueue'>;
  readonly log: Log;
  /**
   * Ends what hub processes left whose lease has run out: their runners, jobs and containers.
   * Repeatable; what it could not do it does next time.
   */
  readonly reap: () => Promise<unknown>;
}

export interface ReconcilerNumbers {
  /**
   * Most queued jobs that are enqueued again in one turn. Where more are queued, the turns go round,
   * so that a long queue costs no more than a short one and every job has its turn.
   */
  readonly batch: number;
}

export interface Reconciler {
  turn(): Promise<void>;
}

const MOST_QUEUED = 100_000;
const OWNED: readonly JobState[] = ['assigned', 'preparing', 'running'];

/**
 * Compares what is with what should be. A queued job that the queue has forgotten is enqueued again;
 * what dead instances owned is settled by the job's lifecycle.
 */
export function createReconciler(deps: ReconcilerDeps, numbers: ReconcilerNumbers): Reconciler {
  let suspects = new Set<JobId>();
  let position = 0;
  return {
    turn: async () => {
      await deps.reap();
      suspects = await settleAbandonedJobs(deps, suspects);
      const queued = await deps.board.queued(MOST_QUEUED);
      if (position >= queued.length) position = 0;
      await deps.queue.enqueue(queued.slice(position, position + numbers.batch));
      position += numbers.batch;
    },
  };
}

/**
 * A job that one of our runners acquired, but whose runner is gone. The runner's last words may be on
 * their way, so only what was found twice in a row is settled.
 */
async function settleAbandonedJobs(
  deps: ReconcilerDeps,
  suspects: ReadonlySet<JobId>,
): Promise<Set<JobId>> {
  const owned = await deps.ledger.list({ states: OWNED, limit: 1000 });
  const live = new Set((await deps.runners.live()).map(({ id }) => id));
  const next = new Set<JobId>();
  for (const job of owned) {
    if (job.runner === null || live.has(job.runner)) continue;
    if (suspects.has(job.id)) await loseOwner(deps, job.id);
    else next.add(job.id);
  }
  return next;
}

async function loseOwner({ ledger, log }: ReconcilerDeps, job: JobId): Promise<void> {
  const failureDetail = 'The hub that ran the job ended before the job did.';
  const after = await ledger.apply(job, { kind: 'owner-lost' }, { failureDetail });
  if (!isRefused(after)) log.warn('job lost its owner', { job, to: after.state });
}
