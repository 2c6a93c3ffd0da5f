import type { PoolConfig } from '../contract/pool-config.ts';
import { messageOf } from '../domain/errors.ts';
import { poolName } from '../domain/ids.ts';
import { sizeAt } from '../domain/pool-schedule.ts';
import type { Router } from '../domain/routing.ts';
import { createDispatch } from '../services/dispatch.ts';
import type { DispatchPool } from '../services/dispatch-types.ts';
import { createInstanceLease } from '../services/instance-lease.ts';
import { createOutboxRelay } from '../services/outbox-relay.ts';
import { createReconciler } from '../services/reconciler.ts';
import { createWaitEstimates, type WaitEstimates } from '../services/wait-estimates.ts';
import { createDispatchWorker } from '../workers/dispatch-worker.ts';
import { createInstanceLeaseWorker } from '../workers/instance-lease-worker.ts';
import { createOutboxRelayWorker } from '../workers/outbox-relay-worker.ts';
import { createReconcilerWorker } from '../workers/reconciler-worker.ts';
import { createSchedulerWorker } from '../workers/scheduler-worker.ts';
import type { Runners } from './compose-runners.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './lifecycle.ts';
import { scopeRule } from './scope-rule.ts';

const LEASE_TTL_MS = 15_000;
const RECONCILE_EVERY_MS = 10_000;
/** Decisions are made one at a time; more workers only hide the latency of the database. */
const DISPATCH_CONCURRENCY = 8;
const NUMBERS = {
  ...{ firstRetryMs: 1_000, lastRetryMs: 30_000, tickMs: 5_000 },
  recentMs: 24 * 60 * 60_000,
};

export interface Dispatching {
  /** Comes first: without a lease other instances would take what is ours for orphaned. */
  readonly lease: Part;
  readonly parts: readonly Part[];
  /** For those who ask why a job waits and where one would go. */
  readonly estimates: WaitEstimates;
  readonly jobRouter: Router;
}

/** What takes work: the outbox relay, the dispatcher, the reconciler, and this instance's lease. */
export function composeDispatch(foundation: Foundation, runners: Runners): Dispatching {
  const { storage, pools, policy, log, clock, events, instance } = foundation;
  const { database, queue } = storage;
  const dispatchPools = pools.map(dispatchPool);
  const dispatch = createDispatch(
    {
      ...{ ...database, github: runners.github, live: events, clock, log },
      policy,
      pools: dispatchPools,
      hosts: foundation.hosts
        .all()
        .map(({ name }) => name)
        .join(', '),
      scopeOf: scopeRule(foundation),
      startRunner: (order) => runners.start(order),
    },
    NUMBERS,
  );
  runners.onCapacityFreed((pool, outcome) => {
    dispatch.capacityFreed(pool, outcome).catch((error: unknown) => {
      log.warn('freed place not given on', { pool, error: messageOf(error) });
    });
  });
  const lease = createInstanceLease(
    { leases: database.leases, instance, clock, log, onLost: foundation.onBroken },
    { ttlMs: LEASE_TTL_MS },
  );
  const reconciler = createReconciler(
    { ...database, queue, log, reap: () => runners.reaper.run() },
    { batch: 500 },
  );
  return {
    jobRouter: policy.router,
    estimates: createWaitEstimates({
      ...{ schedule: database.schedule, clock, pools: dispatchPools },
      lastLook: dispatch.lastLook,
    }),
    lease: createInstanceLeaseWorker({ lease, clock, log }, { ttlMs: LEASE_TTL_MS }),
    parts: [
      createOutboxRelayWorker({
        relay: createOutboxRelay({ outbox: database.outbox, queue }, { batch: 100, pollMs: 1_000 }),
        clock,
        log,
      }),
      createReconcilerWorker({ reconciler, clock, log }, { everyMs: RECONCILE_EVERY_MS }),
      createSchedulerWorker({ dispatch, clock, log }),
      createDispatchWorker({ queue, dispatch }, { concurrency: DISPATCH_CONCURRENCY }),
    ],
  };
}

const dispatchPool = (pool: PoolConfig): DispatchPool => {
  const { name, minIdle, max, timezone, schedule: windows, runnerGroupId } = pool;
  const maxAt = (now: number) => sizeAt({ minIdle, max }, { timezone, windows }, now).max;
  return { name: poolName(name), maxAt, runnerGroupId };
};
