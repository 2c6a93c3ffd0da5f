import type { PoolName } from '../../src/domain/ids.ts';
import { labelsCover } from '../../src/domain/labels.ts';
import { plan } from '../../src/domain/schedule.ts';
import type {
  LiveRunner,
  PoolState,
  QueuedJob,
  SchedulePolicy,
} from '../../src/domain/schedule-types.ts';

/** A job that will come. */
export interface Arrival {
  readonly job: QueuedJob;
  /** How long it runs once a runner has it. */
  readonly durationMs: number;
}

export interface Fleet {
  readonly policy: SchedulePolicy;
  readonly pools: readonly PoolState[];
  /** From the decision to an online runner. */
  readonly startMs: number;
  /** Repositories that count as recent in every pool. */
  readonly recent?: readonly string[];
}

export interface Begun {
  readonly job: QueuedJob;
  /** From queued to begun. */
  readonly waitMs: number;
}

/**
 * Runs the real plan on a clock that jumps from event to event: jobs arrive, runners come online,
 * GitHub gives each the oldest job that fits, jobs end. Ends when no job is left, or when nothing can
 * happen any more. Everything follows from the arrivals, so equal ones give equal answers.
 */
export function simulate(fleet: Fleet, arrivals: readonly Arrival[]): readonly Begun[] {
  const simulation = new Simulation(fleet, arrivals);
  simulation.run();
  return simulation.begun;
}

interface SimRunner {
  live: LiveRunner;
  /** When it next changes its state. */
  nextAt: number;
}

class Simulation {
  readonly begun: Begun[] = [];
  readonly #fleet: Fleet;
  readonly #coming: Arrival[];
  readonly #durations: ReadonlyMap<string, number>;
  #queued: QueuedJob[] = [];
  #runners: SimRunner[] = [];
  #wakeAt: number | null = null;
  #now = 0;

  constructor(fleet: Fleet, arrivals: readonly Arrival[]) {
    this.#fleet = fleet;
    this.#coming = [...arrivals].sort((a, b) => a.job.queuedAt - b.job.queuedAt);
    this.#durations = new Map(arrivals.map(({ job, durationMs }) => [job.id, durationMs]));
  }

  run(): void {
    for (let at = this.#nextEvent(); at !== null; at = this.#nextEvent()) {
      this.#now = at;
      while ((this.#coming[0]?.job.queuedAt ?? Number.POSITIVE_INFINITY) <= at) {
        const arrival = this.#coming.shift();
        if (arrival !== undefined) this.#queued.push(arrival.job);
      }
      this.#runners = this.#runners.filter(
        ({ live, nextAt }) => live.state !== 'busy' || nextAt > at,
      );
      for (const runner of this.#runners) {
        if (runner.live.state === 'starting' && runner.nextAt <= at) this.#setState(runner, 'idle');
      }
      this.#giveJobs();
      this.#decide();
    }
  }

  #nextEvent(): number | null {
    const times = [
      this.#coming[0]?.job.queuedAt,
      ...this.#runners.map(({ live, nextAt }) => (live.state === 'idle' ? undefined : nextAt)),
      this.#queued.length > 0 ? (this.#wakeAt ?? undefined) : undefined,
    ].filter((time) => time !== undefined);
    return times.length === 0 ? null : Math.max(this.#now, Math.min(...times));
  }

  #giveJobs(): void {
    for (const runner of this.#runners) {
      if (runner.live.state !== 'idle') continue;
      const { scope, labels } = runner.live;
      const job = this.#queued.find(
        (each) => each.scope === scope && labelsCover(labels, each.labels),
      );
      if (job === undefined) continue;
      this.#queued = this.#queued.filter(({ id }) => id !== job.id);
      this.begun.push({ job, waitMs: this.#now - job.queuedAt });
      this.#setState(runner, 'busy', job);
      runner.nextAt = this.#now + (this.#durations.get(job.id) ?? 0);
    }
  }

  #setState(runner: SimRunner, state: LiveRunner['state'], job?: QueuedJob): void {
    const known = job ?? runner.live.job;
    runner.live = { ...runner.live, state, since: this.#now, job: known };
  }

  #decide(): void {
    const { policy, pools, startMs, recent = [] } = this.#fleet;
    const state = {
      ...{ jobs: this.#queued, pools },
      runners: this.#runners.map(({ live }) => live),
      recent: new Map<PoolName, readonly string[]>(pools.map(({ name }) => [name, recent])),
    };
    const decided = plan(state, policy, this.#now);
    this.#wakeAt = decided.wakeAt;
    const jobs = new Map(this.#queued.map((job) => [job.id, job]));
    for (const { pool, scope, labels, job } of decided.starts) {
      const live: LiveRunner = {
        ...{ pool, scope, labels, state: 'starting', startedAt: this.#now, since: this.#now },
        job: jobs.get(job) ?? null,
      };
      this.#runners.push({ live, nextAt: this.#now + startMs });
    }
  }
}

/** The value below which so many percent of the samples lie. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
