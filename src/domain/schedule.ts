import type { JobId, PoolName } from './ids.ts';
import { runnerLabels } from './routing.ts';
import type { RoutedPool } from './routing-pool.ts';
import { asClassified, createClasses } from './schedule-classes.ts';
import { type Candidate, isOlder, Lanes } from './schedule-lanes.ts';
import { earliest, Places } from './schedule-places.ts';
import { type Coverage, coverJobs } from './schedule-supply.ts';
import type {
  JobClass,
  LiveRunner,
  Plan,
  QueuedJob,
  SchedulePolicy,
  ScheduleState,
  Start,
} from './schedule-types.ts';
import type { WaitingReason } from './waiting-reason.ts';

/** GitHub offers a job to an idle runner within seconds; after this the delay is worth a word. */
const OFFER_WITHIN_MS = 60_000;

/**
 * The plan for everything that is queued: which runners to start now, and why each job has none yet.
 *
 * Level-triggered: it looks at what is, not at what happened, so asking again after the starts have
 * been recorded changes nothing. Jobs have their turn by aged priority, then fair share, then age;
 * a job that must wait does not keep others from pools that it does not use. A pool never gets more
 * than `max` runners, a quota is never exceeded, and no job is started for twice.
 */
export function plan(state: ScheduleState, policy: SchedulePolicy, now: number): Plan {
  const places = new Places(state, policy, now);
  const lanes = new Lanes({
    ...{ now, ageMs: policy.ageMs },
    occupied: (group) => places.shares.total(group),
  });
  const classify = createClasses(policy);
  for (const runner of state.runners) {
    const jobClass = runner.job === null ? null : classify(asClassified(runner.job, runner.scope));
    places.addRunner(runner, jobClass);
    if (jobClass !== null) lanes.served(jobClass.group, jobClass.priority, runner.startedAt);
  }
  const waits = new Map<JobId, WaitingReason>();
  const demand = new Map<JobClass, number>();
  const free: Candidate[] = [];
  for (const job of [...state.jobs].sort((a, b) => (isOlder(a, b) ? -1 : 1))) {
    const jobClass = classify(job);
    const reason = apartFromRoom(job, jobClass, policy);
    waits.set(job.id, reason ?? { code: 'not-decided' });
    if (reason !== null) continue;
    demand.set(jobClass, (demand.get(jobClass) ?? 0) + 1);
    if (demand.get(jobClass) === 1) places.addWaiting(jobClass);
    free.push({ job, jobClass });
  }
  for (const candidate of free) lanes.add(candidate);
  lanes.ready();
  const coverage = coverJobs(demand, state.runners);
  const found = giveTurns({ lanes, places, coverage, policy, now, waits });
  return { ...found, waits, contended: places.contended };
}

interface Turns {
  readonly lanes: Lanes;
  readonly places: Places;
  readonly coverage: Coverage;
  readonly policy: SchedulePolicy;
  readonly now: number;
  readonly waits: Map<JobId, WaitingReason>;
}

function giveTurns(turns: Turns): Pick<Plan, 'starts' | 'wakeAt' | 'ahead'> {
  const { lanes, places, coverage, policy, now, waits } = turns;
  const pools = new Map(policy.router.policy.pools.map((pool) => [pool.name, pool]));
  const refused = new Map<JobClass, WaitingReason>();
  const lines = new Lines();
  const starts: Start[] = [];
  let wakeAt: number | null = null;
  const wait = ({ job }: Candidate, reason: WaitingReason): void => {
    waits.set(job.id, reason);
    lines.join(job.id, reason);
  };
  for (let next = lanes.next(); next !== undefined; next = lanes.next()) {
    const { job, jobClass } = next;
    const runner = coverage.take(jobClass);
    const known = runner === undefined ? refused.get(jobClass) : coveredBy(runner, now);
    if (runner?.state === 'idle') wakeAt = earliest(wakeAt, offerEnds(runner, now));
    if (known !== undefined) {
      wait(next, known);
      continue;
    }
    const placed = places.place(job, jobClass);
    if ('pool' in placed) {
      starts.push(startOf(job, placed.pool, pools));
      lanes.served(jobClass.group, job.priority ?? jobClass.priority, now);
      waits.set(job.id, { code: 'runner-starting', pool: placed.pool });
      continue;
    }
    wakeAt = earliest(wakeAt, placed.wakeAt);
    wait(next, placed.reason);
    // With delays, an older job may be let into a pool that this one is not.
    if (!jobClass.hasDelays) refused.set(jobClass, placed.reason);
  }
  return { starts, wakeAt, ahead: lines.ahead };
}

/** The jobs that wait for room in a pool, in the order of their turns. */
class Lines {
  readonly ahead = new Map<JobId, number>();
  readonly #lengths = new Map<string, number>();

  join(job: JobId, reason: WaitingReason): void {
    if (reason.code !== 'pool-full' && reason.code !== 'fair-share') return;
    const before = this.#lengths.get(reason.pool) ?? 0;
    this.#lengths.set(reason.pool, before + 1);
    this.ahead.set(job, before);
  }
}

const coveredBy = ({ pool, state, since }: LiveRunner, now: number): WaitingReason => {
  if (state !== 'idle') return { code: 'runner-starting', pool };
  return { code: now - since < OFFER_WITHIN_MS ? 'runner-idle' : 'not-offered', pool };
};

const offerEnds = ({ since }: LiveRunner, now: number): number | null =>
  now < since + OFFER_WITHIN_MS ? since + OFFER_WITHIN_MS : null;

function startOf(job: QueuedJob, pool: PoolName, pools: ReadonlyMap<PoolName, RoutedPool>): Start {
  const labels = pools.get(pool);
  return {
    ...{ pool, scope: job.scope, job: job.id },
    labels: labels === undefined ? job.labels : runnerLabels(labels, job.labels),
  };
}

/** Why the job waits however much room there is; null when it only needs room. */
function apartFromRoom(
  job: QueuedJob,
  { refusal }: JobClass,
  policy: SchedulePolicy,
): WaitingReason | null {
  if (job.hold !== null) return { code: 'held', note: job.hold };
  if (policy.needsRun && job.fork === 'unknown') return { code: 'run-unknown', detail: null };
  return refusal;
}
