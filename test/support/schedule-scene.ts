import { compileFairShares, type FairSharePolicy } from '../../src/domain/fairness.ts';
import { jobIdOf, poolName } from '../../src/domain/ids.ts';
import { compilePriorities, type PriorityRule } from '../../src/domain/priority.ts';
import { compileQuotas, type Quota } from '../../src/domain/quota.ts';
import { compileRouter, type RoutingPolicy } from '../../src/domain/routing.ts';
import type { RoutedJob, RoutedPool } from '../../src/domain/routing-pool.ts';
import type {
  LiveRunner,
  PoolState,
  QueuedJob,
  SchedulePolicy,
  ScheduleState,
} from '../../src/domain/schedule-types.ts';

export const aRoutedPool = (name: string, change: Partial<RoutedPool> = {}): RoutedPool => ({
  name: poolName(name),
  labels: ['linux'],
  capabilities: {
    ...{ cpuMillis: 2000, memoryMb: 4096, arch: 'x64' },
    ...{ gpus: 0, docker: false, tools: [] },
  },
  priority: 0,
  exclusive: false,
  repositories: [],
  forks: 'refuse',
  ...change,
});

export const aRoutedJob = (change: Partial<RoutedJob> = {}): RoutedJob => ({
  ...{ repository: 'octo/app', workflow: 'CI', job: 'test', branch: 'main', event: 'push' },
  labels: ['linux'],
  fork: 'no',
  ...change,
});

/** A queued job; its scope is its repository unless told, as of runners of repositories. */
export const aQueuedJob = (id: number, change: Partial<QueuedJob> = {}): QueuedJob => ({
  ...aRoutedJob(),
  id: jobIdOf(id),
  scope: change.repository ?? 'octo/app',
  queuedAt: id,
  priority: null,
  hold: null,
  ...change,
});

export const aLiveRunner = (change: Partial<LiveRunner> = {}): LiveRunner => ({
  pool: poolName('default'),
  scope: 'octo/app',
  labels: ['linux'],
  state: 'starting',
  startedAt: 0,
  since: 0,
  job: null,
  ...change,
});

export const aPoolState = (name = 'default', change: Partial<PoolState> = {}): PoolState => ({
  name: poolName(name),
  max: 2,
  paused: null,
  rest: null,
  ...change,
});

export const aState = (change: Partial<ScheduleState> = {}): ScheduleState => ({
  jobs: [],
  runners: [],
  pools: [aPoolState()],
  recent: new Map(),
  ...change,
});

export interface PolicyParts {
  readonly routing?: Partial<RoutingPolicy>;
  readonly priorities?: readonly PriorityRule[];
  readonly quotas?: readonly Quota[];
  readonly shares?: Partial<FairSharePolicy>;
  readonly ageMs?: number;
  readonly needsRun?: boolean;
}

export const aSchedulePolicy = (parts: PolicyParts = {}): SchedulePolicy => ({
  router: compileRouter({
    pools: [aRoutedPool('default')],
    ...{ rules: [], aliases: {}, implied: ['self-hosted'] },
    ...parts.routing,
  }),
  priorities: compilePriorities(parts.priorities ?? []),
  quotas: compileQuotas(parts.quotas ?? []),
  shares: compileFairShares({ teams: [], reservePercent: 0, ...parts.shares }),
  ageMs: parts.ageMs ?? 600_000,
  needsRun: parts.needsRun ?? false,
});
