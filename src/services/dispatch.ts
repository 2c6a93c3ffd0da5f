import { isAppError } from '../domain/errors.ts';
import type { JobId, PoolName } from '../domain/ids.ts';
import { isHeld } from '../domain/job-lifecycle.ts';
import {
  type LiveRunner,
  type PoolPolicy,
  type ScheduleDecision,
  schedule,
} from '../domain/schedule.ts';
import type { WaitingReason } from '../domain/waiting-reason.ts';
import { type Clock, isoNow } from '../ports/clock.ts';
import type { DispatchQueue, Handled } from '../ports/dispatch-queue.ts';
import type { Exclusion } from '../ports/exclusion.ts';
import type { JobBoard } from '../ports/job-board.ts';
import type { JobLedger, JobRecord } from '../ports/job-ledger.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { RunnerRecord, RunnerStore } from '../ports/runner-store.ts';
import { createPoolPauses, type PoolPauses } from './pool-pauses.ts';
import type { RunnerOrder } from './runner-order.ts';

interface DispatchDeps {
  readonly ledger: Pick<JobLedger, 'get' | 'setWaiting'>;
  readonly board: Pick<JobBoard, 'demand' | 'queued'>;
  readonly runners: Pick<RunnerStore, 'live'>;
  readonly queue: Pick<DispatchQueue, 'enqueue'>;
  readonly exclusion: Exclusion;
  readonly live: Pick<LiveEvents, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  /** In order of preference. */
  readonly pools: readonly PoolPolicy[];
  /** Where runners for the jobs of a repository are registered: itself, or its owner. */
  readonly scopeOf: (repository: string) => string;
  /**
   * Starts a runner; resolves as soon as the runner store has it. Throws `AppError`. A runner that
   * fails later is its starter's to settle and to explain; it then calls `capacityFreed`.
   */
  readonly startRunner: (order: RunnerOrder) => Promise<unknown>;
}

export interface DispatchNumbers {
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Most jobs that are looked at again when a pool has room. */
  readonly freedBatch: number;
}

export interface Dispatch {
  /** Looks at one job and does what it needs, if anything. Repeatable, and may run concurrently. */
  handle(job: JobId): Promise<Handled>;
  /**
   * A runner of the pool has ended: the oldest jobs that fit are looked at again, at once or, after
   * a failure, when the pool has rested. Throws `AppError` of database and queue; the reconciler
   * then does it later.
   */
  capacityFreed(pool: PoolName, end: 'worked' | 'failed'): Promise<void>;
}

type Decision = ScheduleDecision | { readonly kind: 'paused'; readonly retryInMs: number };

/**
 * Starts runners for queued jobs. Decisions are made one at a time among all instances, each on
 * the runners that the one before has recorded; so no pool exceeds its `max`.
 */
export function createDispatch(deps: DispatchDeps, numbers: DispatchNumbers): Dispatch {
  const { ledger, board, queue, pools } = deps;
  const waits = new Map<JobId, number>();
  const pauses = createPoolPauses(deps.clock, {
    firstMs: numbers.firstRetryMs,
    lastMs: numbers.lastRetryMs,
  });

  const retry = (job: JobId): Handled => {
    const times = waits.get(job) ?? 0;
    waits.set(job, times + 1);
    return { retryInMs: Math.min(numbers.firstRetryMs * 2 ** times, numbers.lastRetryMs) };
  };
  const settled = (job: JobId): Handled => {
    waits.delete(job);
    return { done: true };
  };

  return {
    handle: async (id) => {
      const job = await ledger.get(id);
      if (job === null || job.state !== 'queued' || isHeld(job)) return settled(id);
      const decision = await deps.exclusion.run('dispatch', () => decide(deps, job, pauses));
      // The reason that the failed runner gave stays.
      if (decision.kind === 'paused') return { retryInMs: decision.retryInMs };
      await explain(deps, job, reasonOf(decision));
      return decision.kind === 'wait' ? retry(id) : settled(id);
    },
    capacityFreed: async (name, end) => {
      pauses[end](name);
      const pool = pools.find((each) => each.name === name);
      const waiting = await board.queued(numbers.freedBatch, pool?.labels);
      await queue.enqueue(waiting, { delayMs: pauses.leftMs(name) });
    },
  };
}

async function decide(deps: DispatchDeps, job: JobRecord, pauses: PoolPauses): Promise<Decision> {
  const { board, runners, pools, scopeOf, clock, log } = deps;
  const wanted = { scope: scopeOf(job.repository), labels: job.labels };
  const [demand, live] = await Promise.all([board.demand(), runners.live()]);
  const decision = schedule({
    wanted,
    demand: demand.map((each) => ({ ...each, scope: scopeOf(each.repository) })),
    runners: live.filter(isLive),
    pools,
  });
  if (decision.kind !== 'start') return decision;
  const { pool } = decision;
  const restMs = pauses.leftMs(pool);
  if (restMs > 0) return { kind: 'paused', retryInMs: restMs };
  const labels = pools.find(({ name }) => name === pool)?.labels ?? [];
  const order = { pool, scope: wanted.scope, labels, wantedBy: job.id, decidedAt: isoNow(clock) };
  try {
    await deps.startRunner(order);
    log.info('runner ordered', { ...order });
    return decision;
  } catch (error) {
    const reason = reasonOfFailure(error, pool);
    if (reason === null) throw error;
    return { kind: 'wait', reason };
  }
}

const isLive = (runner: RunnerRecord): runner is RunnerRecord & LiveRunner =>
  runner.state !== 'gone';

/** Failures that a job waits for; anything else is a bug and goes to the queue's own backoff. */
function reasonOfFailure(error: unknown, pool: PoolName): WaitingReason | null {
  if (!isAppError(error)) return null;
  const detail = error.message;
  switch (error.code) {
    case 'docker-down':
      return { code: 'host-down', host: 'local', detail };
    case 'host-full':
      return { code: 'host-full', pool, detail };
    case 'docker-failed':
    case 'image-missing':
    case 'container-lost':
      return { code: 'container-failed', pool, detail };
    case 'github-refused':
    case 'github-limited':
    case 'github-unreachable':
    case 'runner-name-taken':
    case 'not-found':
      return { code: 'github-refused', detail };
    case 'cancelled':
      return { code: 'draining' };
    default:
      return null;
  }
}

const reasonOf = (decision: ScheduleDecision): WaitingReason =>
  decision.kind === 'wait' ? decision.reason : { code: 'runner-starting', pool: decision.pool };

async function explain({ ledger, live, log }: DispatchDeps, job: JobRecord, reason: WaitingReason) {
  await ledger.setWaiting(job.id, reason);
  if (job.waiting?.code === reason.code) return;
  log.info('job waits', { job: job.id, from: job.waiting?.code ?? null, to: reason.code });
  live.publish({ kind: 'job', job: job.id });
}
