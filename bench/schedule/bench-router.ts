import { poolName } from '../../src/domain/ids.ts';
import { compileRouter, type Router, type RoutingPolicy } from '../../src/domain/routing.ts';
import { explainRoute } from '../../src/domain/routing-explain.ts';
import type { RoutedJob, RoutedPool } from '../../src/domain/routing-pool.ts';
import { aRoutedJob, aRoutedPool } from '../../test/support/schedule-scene.ts';
import { type Measurement, measurementOf } from '../measurement.ts';
import { type Dice, diceOf } from './random.ts';

const POOLS = 1_000;
const RULES = 10_000;
const JOBS = 20_000;
const COMPARED = 200;
const OWNERS = 400;
const BUDGET_US = 20;

/**
 * One routing decision at a time, with a thousand pools and ten thousand rules, after as many to warm
 * up. Throws when the router and the slow definition of what it should do disagree.
 */
export function benchRouter(): readonly Measurement[] {
  const dice = diceOf(7);
  const policy = policyOf(dice);
  const compileMs: number[] = [];
  let router = compileRouter(policy);
  for (let round = 0; round < 5; round++) {
    compileMs.push(timed(() => (router = compileRouter(policy))) / 1_000);
  }
  const jobs = Array.from({ length: JOBS }, () => jobOf(dice));
  compare(router, jobs.slice(0, COMPARED));
  for (const job of jobs) router.route(job);
  const samples = jobs.map((job) => timed(() => router.route(job)));
  const counts = new Map(policy.pools.flatMap(({ labels }) => labels.map((each) => [each, 1])));
  const bare = jobs.map((job) =>
    timed(() => job.labels.reduce((sum, label) => sum + (counts.get(label.toLowerCase()) ?? 0), 0)),
  );
  const limit = { name: 'one look-up per label in a Map', samples: bare };
  return [
    measurementOf(
      { name: `one decision, ${POOLS} pools, ${RULES} rules`, unit: 'µs', samples, limit },
      { text: `p95 under ${BUDGET_US} µs`, holds: ({ p95 }) => p95 < BUDGET_US },
    ),
    measurementOf({ name: 'compiling the policy', unit: 'ms', samples: compileMs }),
  ];
}

/** Microseconds. */
function timed(work: () => unknown): number {
  const from = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - from) / 1_000;
}

function policyOf(dice: Dice): RoutingPolicy {
  const pools = Array.from({ length: POOLS }, (_, at) => poolOf(dice, at));
  const rules = Array.from({ length: RULES }, (_, at) => ({
    name: `rule ${at}`,
    match: matchOf(dice, at),
    action: {
      kind: 'pools' as const,
      pools: [dice.below(POOLS), dice.below(POOLS)].map((pool) => ({
        pool: poolName(`pool-${pool}`),
        afterMs: 0,
      })),
    },
  }));
  const aliases = { 'ubuntu-latest': ['linux', 'x64'], 'ubuntu-24.04': ['linux', 'x64'] };
  return { pools, rules, aliases, implied: ['self-hosted'] };
}

const poolOf = (dice: Dice, at: number): RoutedPool =>
  aRoutedPool(`pool-${at}`, {
    labels: ['linux', dice.of(['x64', 'arm64'], 'x64'), `team-${at % 50}`, `kind-${at % 7}`],
    priority: dice.below(3),
    exclusive: dice.below(10) === 0,
    repositories: dice.below(4) === 0 ? [`owner-${dice.below(OWNERS)}/*`] : [],
    forks: dice.of(['refuse', 'allow'], 'refuse'),
    capabilities: {
      ...{ cpuMillis: 1000 * (1 + dice.below(16)), memoryMb: 1024 * (1 + dice.below(64)) },
      ...{ arch: 'x64', gpus: dice.below(2), docker: false, tools: [] },
    },
  });

/** Rules as people write them: for repositories, owners, branches, workflows, labels and events. */
function matchOf(dice: Dice, at: number): RoutingPolicy['rules'][number]['match'] {
  const owner = `owner-${dice.below(OWNERS)}`;
  switch (at % 5) {
    case 0:
      return { repository: [`${owner}/app-${dice.below(40)}`] };
    case 1:
      return { repository: [`${owner}/*`], branch: ['release/*'], labels: ['arm64'] };
    case 2:
      return { repository: [`${owner}/app-${dice.below(40)}`], branch: ['main', 'hotfix/*'] };
    case 3:
      return { repository: [`${owner}/*`], workflow: [`workflow ${dice.below(50)}`] };
    default:
      return { repository: [`${owner}/app-${dice.below(40)}`], event: ['schedule'] };
  }
}

const jobOf = (dice: Dice): RoutedJob =>
  aRoutedJob({
    repository: `owner-${dice.below(OWNERS)}/app-${dice.below(60)}`,
    workflow: `workflow ${dice.below(100)}`,
    branch: dice.of(['main', 'release/1.2', `feature/${dice.below(99)}`], 'main'),
    event: dice.of(['push', 'pull_request', 'schedule'], 'push'),
    labels: dice.of(
      [
        ['self-hosted', 'linux', 'x64'],
        ['ubuntu-latest'],
        ['linux', 'arm64', `team-${dice.below(50)}`],
        ['self-hosted', 'linux', 'cpu:8', 'memory:16gb'],
        ['linux', `kind-${dice.below(9)}`],
      ],
      ['linux'],
    ),
    fork: dice.of(['no', 'no', 'no', 'yes'], 'no'),
  });

function compare(router: Router, jobs: readonly RoutedJob[]): void {
  for (const job of jobs) {
    const route = router.route(job);
    const steps = route.kind === 'pools' ? route.steps.length : 0;
    const refused = explainRoute(job, router).considered.filter(
      ({ verdict }) => verdict === 'refused',
    );
    if (refused.length + steps !== POOLS) throw new Error('router and definition disagree');
  }
}
