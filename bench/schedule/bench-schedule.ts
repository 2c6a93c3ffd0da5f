import { jobIdOf, poolName } from '../../src/domain/ids.ts';
import { plan } from '../../src/domain/schedule.ts';
import { isOlder } from '../../src/domain/schedule-lanes.ts';
import type { SchedulePolicy, ScheduleState } from '../../src/domain/schedule-types.ts';
import { floodedWaits } from '../../test/support/flooded-fleet.ts';
import {
  aLiveRunner,
  aPoolState,
  aQueuedJob,
  aRoutedPool,
  aSchedulePolicy,
} from '../../test/support/schedule-scene.ts';
import { type Measurement, measurementOf } from '../measurement.ts';
import { diceOf } from './random.ts';

const SIZES = [1_000, 10_000, 100_000] as const;
const ROUNDS = 15;
const POOLS = 20;
const REPOSITORIES = 200;
const RUNNERS = 300;
const NOW = 10_000_000;

/**
 * A plan of everything that is queued: jobs of two hundred repositories for twenty pools, with
 * priorities, quotas and three hundred runners. Then, on a clock of its own, what a flood of one
 * repository does to another.
 */
export function benchSchedule(): readonly Measurement[] {
  const policy = policyOf();
  return [...SIZES.map((size) => planning(size, policy)), ...sharing()];
}

function planning(size: number, policy: SchedulePolicy): Measurement {
  const state = stateOf(size);
  const samples: number[] = [];
  const sorting: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const took = timed(() => plan(state, policy, NOW));
    const sorted = timed(() => [...state.jobs].reverse().sort((a, b) => (isOlder(a, b) ? -1 : 1)));
    if (round < 0) continue;
    samples.push(took);
    sorting.push(sorted);
  }
  const limit = { name: 'sorting the jobs by age', samples: sorting };
  const name = `a plan of ${size.toLocaleString('en')} queued jobs`;
  return measurementOf({ name, unit: 'ms', samples, limit });
}

function timed(work: () => unknown): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}

function policyOf(): SchedulePolicy {
  const pools = Array.from({ length: POOLS }, (_, at) =>
    aRoutedPool(`pool-${at}`, { labels: ['linux', `kind-${at}`] }),
  );
  return aSchedulePolicy({
    routing: { pools },
    priorities: [
      { match: { branch: ['main'] }, priority: 3 },
      { match: { workflow: ['nightly'] }, priority: -3 },
    ],
    quotas: [{ name: 'each', match: {}, pools: [], per: 'repository', max: 8 }],
    shares: { reservePercent: 10 },
  });
}

function stateOf(size: number): ScheduleState {
  const dice = diceOf(size);
  const jobs = Array.from({ length: size }, (_, at) => {
    const repository = `octo/app-${dice.below(REPOSITORIES)}`;
    return aQueuedJob(at + 1, {
      repository,
      branch: dice.of(['main', 'feature/a', 'feature/b'], 'main'),
      workflow: dice.of(['CI', 'nightly'], 'CI'),
      labels: dice.below(3) === 0 ? ['linux'] : ['linux', `kind-${dice.below(POOLS)}`],
      queuedAt: NOW - size + at,
    });
  });
  const runners = Array.from({ length: RUNNERS }, (_, at) => {
    const scope = `octo/app-${dice.below(REPOSITORIES)}`;
    return aLiveRunner({
      pool: poolName(`pool-${at % POOLS}`),
      labels: ['linux', `kind-${at % POOLS}`],
      ...{ scope, state: dice.of(['busy', 'busy', 'idle', 'starting'], 'busy') },
      job: { ...aQueuedJob(at, { id: jobIdOf(size + at + 1) }), repository: scope },
    });
  });
  const pools = Array.from({ length: POOLS }, (_, at) => aPoolState(`pool-${at}`, { max: 50 }));
  return { jobs, runners, pools, recent: new Map() };
}

/** Virtual time: the same on every machine. */
function sharing(): readonly Measurement[] {
  return [10, 0].map((reserve) => {
    const { alone, beside } = floodedWaits(reserve);
    const samples = beside.map((ms) => ms / 1000);
    const limit = { name: 'the same on an idle fleet', samples: alone.map((ms) => ms / 1000) };
    const name = `wait beside a flood of 1,000 jobs, reserve ${reserve} %`;
    const budget = {
      text: 'p95 at most twice',
      holds: ({ ratio_p95 }: { ratio_p95: number | null }) => (ratio_p95 ?? 99) <= 2,
    };
    const measured = { name, unit: 's', samples, limit };
    return reserve === 0 ? measurementOf(measured) : measurementOf(measured, budget);
  });
}
