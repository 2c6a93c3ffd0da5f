import type { LiveRunner, QueuedJob, ScheduleState } from '../domain/schedule-types.ts';
import type { QueuedRow, RunnerRow, ScheduleRows } from '../ports/schedule-store.ts';
import type { DispatchDeps } from './dispatch-types.ts';

type Deps = Pick<DispatchDeps, 'pools' | 'scopeOf' | 'clock'>;

/**
 * The state that the plan is made from. A runner is busy before the ledger knows that its job is no
 * longer queued; such a job needs nothing.
 */
export function stateOf(
  deps: Deps,
  rows: ScheduleRows,
  recent: ScheduleState['recent'],
): ScheduleState {
  const taken = new Set(rows.runners.map(({ runs }) => runs));
  return {
    jobs: rows.jobs.filter(({ job }) => !taken.has(job.id)).map((row) => queuedJobOf(deps, row)),
    runners: rows.runners.map(({ runner }) => runner),
    pools: poolsOf(deps, rows),
    recent,
  };
}

const queuedJobOf = ({ scopeOf }: Deps, { job }: QueuedRow): QueuedJob => ({
  ...job,
  scope: scopeOf(job.repository),
});

function poolsOf({ pools, clock }: Deps, rows: ScheduleRows): ScheduleState['pools'] {
  const known = new Map(rows.pools.map((row) => [row.name, row]));
  const now = clock.now();
  return pools.map(({ name, maxAt }) => {
    const row = known.get(name);
    return { name, max: maxAt(now), paused: row?.paused ?? null, rest: row?.rest ?? null };
  });
}

/** What a look at one job alone can tell. */
export interface OneJob {
  readonly state: ScheduleState;
  /** A runner that has lost its job might take this one, or another: only a look at all tells. */
  readonly isUnclear: boolean;
}

/**
 * The same for one job alone. A runner that was started for another job, which is still queued, is
 * that one's; to this job it is as good as busy.
 */
export function stateOfOne(
  deps: Deps,
  rows: ScheduleRows,
  recent: ScheduleState['recent'],
): OneJob {
  const [row] = rows.jobs;
  const id = row?.job.id ?? null;
  const isSpare = ({ runner, wantedBy }: RunnerRow) => runner.state !== 'busy' && wantedBy === null;
  const runners = rows.runners.map(
    ({ runner, wantedBy }): LiveRunner =>
      wantedBy === null || wantedBy === id ? runner : { ...runner, state: 'busy' },
  );
  const scope = row === undefined ? null : deps.scopeOf(row.job.repository);
  return {
    state: { ...stateOf(deps, rows, recent), runners },
    isUnclear: rows.runners.some((each) => isSpare(each) && each.runner.scope === scope),
  };
}
