import { messageOf } from '../domain/errors.ts';
import type { InstanceId, JobId } from '../domain/ids.ts';
import { isRefused, type JobState } from '../domain/job-lifecycle.ts';
import type { DispatchQueue } from '../ports/dispatch-queue.ts';
import type { JobBoard } from '../ports/job-board.ts';
import type { JobLedger } from '../ports/job-ledger.ts';
import type { Log } from '../ports/log.ts';
import type { InstanceLeases, RunnerRecord, RunnerStore } from '../ports/runner-store.ts';

interface ReconcilerDeps {
  readonly ledger: Pick<JobLedger, 'list' | 'apply'>;
  readonly board: Pick<JobBoard, 'queued'>;
  readonly runners: Pick<RunnerStore, 'live' | 'update'>;
  readonly leases: Pick<InstanceLeases, 'takeLapsed' | 'alive'>;
  readonly queue: Pick<DispatchQueue, 'enqueue'>;
  readonly log: Log;
  readonly instance: InstanceId;
  /**
   * Ends outside what a dead instance's runner left: completes its job by the ticket, removes it at
   * GitHub, destroys its container. Repeatable. Where it throws, the runner is settled next time.
   */
  readonly settleRunner: (runner: RunnerRecord) => Promise<void>;
}

export interface ReconcilerOptions {
  /** Most queued jobs that are enqueued again in one turn. */
  readonly batch: number;
  /**
   * This hub is the only one on its database (it holds the lock of the data folder), so whatever
   * belongs to another instance belongs to a dead one, and no lease needs to run out first.
   */
  readonly isSole: boolean;
}

export interface Reconciler {
  turn(): Promise<void>;
}

const OWNED: readonly JobState[] = ['assigned', 'preparing', 'running'];

/**
 * Compares what is with what should be. A queued job that the queue has forgotten is enqueued again;
 * what dead instances owned is settled by the job's lifecycle.
 */
export function createReconciler(deps: ReconcilerDeps, options: ReconcilerOptions): Reconciler {
  let suspects = new Set<JobId>();
  return {
    turn: async () => {
      await settleDeadRunners(deps, options);
      suspects = await settleAbandonedJobs(deps, suspects);
      await deps.queue.enqueue(await deps.board.queued(options.batch));
    },
  };
}

async function settleDeadRunners(deps: ReconcilerDeps, { isSole }: ReconcilerOptions) {
  const { leases, runners, instance, log } = deps;
  const lapsed = await leases.takeLapsed();
  if (lapsed.length > 0) log.warn('instances have died', { instances: lapsed });
  const living = new Set(isSole ? [] : await leases.alive()).add(instance);
  for (const runner of await runners.live()) {
    if (!living.has(runner.instance)) await settle(deps, runner);
  }
}

async function settle(deps: ReconcilerDeps, runner: RunnerRecord): Promise<void> {
  try {
    await deps.settleRunner(runner);
    if (runner.job !== null) await loseOwner(deps, runner.job);
    await deps.runners.update(runner.id, { state: 'gone' });
    deps.log.info('runner of a dead instance settled', { runner: runner.id, job: runner.job });
  } catch (error) {
    deps.log.warn('runner of a dead instance not settled yet', {
      runner: runner.id,
      error: messageOf(error),
    });
  }
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
