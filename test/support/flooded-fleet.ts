import { aPoolState, aQueuedJob, aSchedulePolicy } from './schedule-scene.ts';
import { type Arrival, simulate } from './schedule-simulation.ts';

const FLOOD = 1_000;
const CALM = 200;
const PLACES = 20;
const START_MS = 5_000;
/** As in the configuration unless told otherwise. */
const RESERVE_PERCENT = 10;

/** What a calm repository waits on an idle fleet, and on the same fleet while another floods it. */
export interface FloodedWaits {
  readonly alone: readonly number[];
  readonly beside: readonly number[];
}

/**
 * A fleet of twenty places, on which a runner needs five seconds. One repository queues a thousand
 * jobs of half a minute to a minute and a half at once; another queues two hundred jobs of five to
 * fifteen seconds, one about every quarter of a minute.
 */
export function floodedWaits(reservePercent = RESERVE_PERCENT): FloodedWaits {
  const random = sequence(20_261_124);
  const calm = arrivals(CALM, 'calm/app', { firstId: 1, everyMs: 15_000, random, meanMs: 10_000 });
  const flood = arrivals(FLOOD, 'flood/app', {
    ...{ firstId: CALM + 1, everyMs: 0, random, meanMs: 60_000 },
  });
  const fleet = {
    policy: aSchedulePolicy({ shares: { reservePercent } }),
    pools: [aPoolState('default', { max: PLACES })],
    startMs: START_MS,
    recent: ['calm/app', 'flood/app'],
  };
  const waitsOfCalm = (coming: readonly Arrival[]) =>
    simulate(fleet, coming)
      .filter(({ job }) => job.repository === 'calm/app')
      .map(({ waitMs }) => waitMs);
  return { alone: waitsOfCalm(calm), beside: waitsOfCalm([...calm, ...flood]) };
}

interface Pattern {
  readonly firstId: number;
  /** Mean time between two arrivals, which is as random as that of independent ones. */
  readonly everyMs: number;
  /** Durations are spread evenly over half to one and a half of this. */
  readonly meanMs: number;
  readonly random: () => number;
}

function arrivals(count: number, repository: string, pattern: Pattern): readonly Arrival[] {
  const { firstId, everyMs, meanMs, random } = pattern;
  let queuedAt = 0;
  return Array.from({ length: count }, (_, at) => {
    queuedAt += Math.round(-Math.log(1 - random()) * everyMs);
    const job = aQueuedJob(firstId + at, { repository, queuedAt });
    return { job, durationMs: Math.round(meanMs * (0.5 + random())) };
  });
}

/** Equal seeds give equal numbers from 0 to 1 (a linear congruential generator). */
function sequence(seed: number): () => number {
  let state = seed % 2 ** 31;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
