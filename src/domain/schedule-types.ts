import type { FairShares, Group } from './fairness.ts';
import type { JobId, PoolName } from './ids.ts';
import type { JobTraits } from './job-match.ts';
import type { Priorities } from './priority.ts';
import type { Allowance, Quotas } from './quota.ts';
import type { Route, Router } from './routing.ts';
import type { ForkOrigin } from './routing-pool.ts';
import type { WaitingReason } from './waiting-reason.ts';

/** Instants are milliseconds since 1970. */
export interface QueuedJob extends JobTraits {
  readonly id: JobId;
  /** Where its runners are registered: `owner/name`, or `owner` of an organisation. */
  readonly scope: string;
  readonly queuedAt: number;
  readonly fork: ForkOrigin;
  /** Instead of what the rules say. */
  readonly priority: number | null;
  /** Set while somebody holds the job back: what they noted. */
  readonly hold: string | null;
}

/** A runner that has not ended. */
export interface LiveRunner {
  readonly pool: PoolName;
  readonly scope: string;
  readonly labels: readonly string[];
  readonly state: 'starting' | 'idle' | 'busy';
  /** When it was decided to start it. */
  readonly startedAt: number;
  /** When it came into its state. */
  readonly since: number;
  /** The job that it has or, before, was started for; null when that is not known. */
  readonly job: JobTraits | null;
}

export interface PoolState {
  readonly name: PoolName;
  /** Most runners at once, whatever their state. */
  readonly max: number;
  /** Set while somebody keeps the pool from starting runners: what they noted. */
  readonly paused: string | null;
  /** Set after failures: no runner before the instant, for this reason. */
  readonly rest: { readonly until: number; readonly reason: WaitingReason } | null;
}

export interface ScheduleState {
  /** Every job that GitHub reports as queued and does not hold itself. */
  readonly jobs: readonly QueuedJob[];
  readonly runners: readonly LiveRunner[];
  readonly pools: readonly PoolState[];
  /** Repositories that used a pool a short while ago, by pool: they may come again. */
  readonly recent: ReadonlyMap<PoolName, readonly string[]>;
}

/** What the operator wants, compiled once. */
export interface SchedulePolicy {
  readonly router: Router;
  readonly priorities: Priorities;
  readonly quotas: Quotas;
  readonly shares: FairShares;
  /** Waiting for so long is worth one step of priority. */
  readonly ageMs: number;
  /** Whether a job may be decided on only once its run is known: some rule or pool asks for it. */
  readonly needsRun: boolean;
}

/** One runner to start. */
export interface Start {
  readonly pool: PoolName;
  readonly scope: string;
  /** What to register it with. */
  readonly labels: readonly string[];
  /** The job it is started for; GitHub may give it another. */
  readonly job: JobId;
}

export interface Plan {
  /** In the order in which they are to be made. No job is named twice. */
  readonly starts: readonly Start[];
  /** Why each job of the state, those of `starts` included, has no runner yet. */
  readonly waits: ReadonlyMap<JobId, WaitingReason>;
  /**
   * For each job that waits for room in a pool: how many such jobs have their turn before it, as far
   * as order alone decides.
   */
  readonly ahead: ReadonlyMap<JobId, number>;
  /** The first instant at which time alone changes the plan; null when only events do. */
  readonly wakeAt: number | null;
  /** Pools that jobs wait for: a new job must not take a place there out of turn. */
  readonly contended: ReadonlySet<PoolName>;
}

/** Jobs that fare alike in everything but age. */
export interface JobClass {
  readonly key: string;
  readonly scope: string;
  /** Their labels: lower-case, each once. */
  readonly wanted: readonly string[];
  readonly route: Route;
  /** Why no pool takes them, whatever room there is; null where the route has pools. */
  readonly refusal: WaitingReason | null;
  /** The pools of the route. */
  readonly pools: ReadonlySet<PoolName>;
  readonly allowances: readonly Allowance[];
  readonly group: Group;
  /** By the rules; a job may have its own. */
  readonly priority: number;
  /** Whether a rule makes them wait before they may use some pool. */
  readonly hasDelays: boolean;
}
