import { randomUUID } from 'node:crypto';
import type { HubDatabase } from '../../src/adapters/database/open-database.ts';
import { instanceId } from '../../src/domain/ids.ts';
import type { RoutedPool } from '../../src/domain/routing-pool.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { GitHub } from '../../src/ports/github.ts';
import { createDispatch, type Dispatch } from '../../src/services/dispatch.ts';
import type { RunnerOrder } from '../../src/services/runner-order.ts';
import { createTestClock } from './clocks.ts';
import { aRunner } from './ledger-builders.ts';
import { createRecordingLog } from './logs.ts';
import { aRoutedPool, aSchedulePolicy, type PolicyParts } from './schedule-scene.ts';

/** A pool as policy and fleet see it; named `default` unless told. */
export type ScenePool = Partial<Omit<RoutedPool, 'name'>> & {
  readonly name?: string;
  readonly max?: number;
};

/** Where `needsRun` is not set, pools take jobs of forks, so that no run has to be known. */
export interface DispatchScene extends Omit<PolicyParts, 'routing'> {
  readonly pools?: readonly ScenePool[];
  readonly routing?: Omit<NonNullable<PolicyParts['routing']>, 'pools'>;
  /** Gets every order that was kept. */
  readonly orders?: RunnerOrder[];
  /** Before a runner is recorded; throws instead of it. */
  readonly beforeStart?: (order: RunnerOrder) => void;
  readonly getRun?: GitHub['getRun'];
  readonly clock?: Clock;
}

const DEFAULT_LABELS = { labels: ['self-hosted', 'linux'] };

/** The real dispatch on a real database; runners are recorded as proxy runners do, and go no further. */
export function aDispatch(store: HubDatabase, scene: DispatchScene = {}): Dispatch {
  const { pools = [{}], orders, beforeStart, getRun, clock, routing, ...parts } = scene;
  const forks = parts.needsRun === true ? 'refuse' : 'allow';
  const routed = pools.map(({ name = 'default', max: _, ...pool }) =>
    aRoutedPool(name, { ...DEFAULT_LABELS, forks, ...pool }),
  );
  return createDispatch(
    {
      schedule: store.schedule,
      exclusion: store.exclusion,
      github: { getRun: getRun ?? (async () => ({ event: 'push', headRepository: 'octo/app' })) },
      live: { publish: () => {} },
      clock: clock ?? createTestClock(),
      log: createRecordingLog(),
      policy: aSchedulePolicy({ ...parts, routing: { ...routing, pools: routed } }),
      pools: routed.map(({ name }, at) => ({ name, maxAt: () => pools[at]?.max ?? 4 })),
      hosts: 'local',
      scopeOf: (repository) => repository,
      startRunner: async (order) => {
        beforeStart?.(order);
        orders?.push(order);
        const { runnerGroupId: _, decidedAt, ...runner } = order;
        const instance = instanceId('a');
        await store.runners.add(
          aRunner(randomUUID(), { ...runner, instance, createdAt: decidedAt }),
        );
      },
    },
    { firstRetryMs: 10_000, lastRetryMs: 60_000, tickMs: 50, recentMs: 60_000 },
  );
}
