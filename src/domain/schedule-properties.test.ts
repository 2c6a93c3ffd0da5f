import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floodedWaits } from '../../test/support/flooded-fleet.ts';
import {
  aLiveRunner,
  aPoolState,
  aQueuedJob,
  aRoutedPool,
  aSchedulePolicy,
} from '../../test/support/schedule-scene.ts';
import { type Arrival, percentile, simulate } from '../../test/support/schedule-simulation.ts';
import { type JobId, poolName } from './ids.ts';
import { plan } from './schedule.ts';
import type { LiveRunner, Plan, ScheduleState } from './schedule-types.ts';

const REPOSITORIES = ['a/one', 'a/two', 'b/one'] as const;
const WORKFLOWS = ['ci', 'nightly'] as const;
const LABELS = [['a'], ['b'], ['a', 'b'], ['c']] as const;
const policy = aSchedulePolicy({
  routing: {
    pools: [
      aRoutedPool('pa', { labels: ['a'] }),
      aRoutedPool('pb', { labels: ['b'] }),
      aRoutedPool('pab', { labels: ['a', 'b'] }),
    ],
  },
  priorities: [{ match: { workflow: ['nightly'] }, priority: -2 }],
  quotas: [{ name: 'q', match: { workflow: ['nightly'] }, pools: [], per: 'repository', max: 2 }],
  shares: { teams: [{ name: 'b', repositories: ['b/*'], weight: 2 }], reservePercent: 25 },
  ageMs: 50,
});

const job = fc
  .record({
    repository: fc.constantFrom(...REPOSITORIES),
    workflow: fc.constantFrom(...WORKFLOWS),
    labels: fc.constantFrom(...LABELS),
    queuedAt: fc.integer({ min: 0, max: 300 }),
    priority: fc.option(fc.integer({ min: -3, max: 3 }), { freq: 5 }),
    hold: fc.option(fc.constant('x'), { freq: 10 }),
  })
  .map((traits) => ({ ...traits, scope: traits.repository }));
const jobs = fc
  .array(job, { maxLength: 40 })
  .map((list) => list.map((each, at) => aQueuedJob(at + 1, each)));
const runner = fc
  .record({
    pool: fc.constantFrom('pa', 'pb', 'pab'),
    scope: fc.constantFrom(...REPOSITORIES),
    state: fc.constantFrom('starting' as const, 'idle' as const, 'busy' as const),
    workflow: fc.constantFrom(...WORKFLOWS),
  })
  .map(({ pool, scope, state, workflow }) =>
    aLiveRunner({
      ...{ pool: poolName(pool), scope, state, labels: [...pool.slice(1)] },
      job: { ...aQueuedJob(1), repository: scope, workflow },
    }),
  );
const states: fc.Arbitrary<ScheduleState> = fc
  .record({
    jobs,
    runners: fc.array(runner, { maxLength: 6 }),
    max: fc.integer({ min: 0, max: 6 }),
  })
  .map(({ max, ...rest }) => ({
    ...rest,
    pools: ['pa', 'pb', 'pab'].map((name) => aPoolState(name, { max })),
    recent: new Map([[poolName('pa'), ['a/one', 'c/else']]]),
  }));

/** The state once the starts have been recorded. */
const onceStarted = (state: ScheduleState, { starts }: Plan, now: number): ScheduleState => ({
  ...state,
  runners: [
    ...state.runners,
    ...starts.map(
      ({ pool, scope, labels, job: id }): LiveRunner => ({
        ...{ pool, scope, labels, state: 'starting', startedAt: now, since: now },
        job: state.jobs.find((each) => each.id === id) ?? null,
      }),
    ),
  ],
});
const inPool = ({ runners }: ScheduleState, pool: string) =>
  runners.filter((each) => each.pool === pool).length;

describe('plan, whatever the state', () => {
  it('keeps every limit, starts for no job twice, and says why of every job', () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 300, max: 600 }), (state, now) => {
        const decided = plan(state, policy, now);
        const next = onceStarted(state, decided, now);
        for (const { name, max } of state.pools) {
          expect(inPool(next, name)).toBeLessThanOrEqual(Math.max(max, inPool(state, name)));
        }
        const ids = decided.starts.map((start) => start.job);
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(decided.waits.keys())).toEqual(new Set(state.jobs.map(({ id }) => id)));
        expect([...decided.waits.values()].every(({ code }) => code !== 'not-decided')).toBe(true);
        for (const repository of REPOSITORIES) {
          const nightly = (runners: readonly LiveRunner[]) =>
            runners.filter(
              (each) => each.job?.repository === repository && each.job.workflow === 'nightly',
            ).length;
          expect(nightly(next.runners)).toBeLessThanOrEqual(Math.max(2, nightly(state.runners)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('starts nothing more when asked again, and needs no more runners than jobs', () => {
    fc.assert(
      fc.property(states, (state) => {
        const first = plan(state, policy, 600);
        expect(plan(onceStarted(state, first, 600), policy, 600).starts).toEqual([]);
        expect(first.starts.length).toBeLessThanOrEqual(state.jobs.length);
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order in which jobs and runners are listed', () => {
    fc.assert(
      fc.property(states, (state) => {
        const turned = { ...state, jobs: [...state.jobs].reverse() };
        const one = plan(state, policy, 600);
        const other = plan(turned, policy, 600);
        expect(other.starts).toEqual(one.starts);
        expect([...other.waits].sort()).toEqual([...one.waits].sort());
      }),
    );
  });

  it('respects the order: priority, then age, within a repository', () => {
    const simple = aSchedulePolicy({ ageMs: 1e9 });
    const list = fc.array(
      fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: 0, max: 9 })),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 10 }), (traits, max) => {
        const queued = traits.map(([priority, queuedAt], at) =>
          aQueuedJob(at + 1, { priority, queuedAt }),
        );
        const expected = [...queued]
          .sort(
            (a, b) =>
              (b.priority ?? 0) - (a.priority ?? 0) ||
              a.queuedAt - b.queuedAt ||
              (a.id < b.id ? -1 : 1),
          )
          .slice(0, max)
          .map(({ id }) => id);
        const state = { jobs: queued, runners: [], pools: [aPoolState('default', { max })] };
        const { starts } = plan({ ...state, recent: new Map() }, simple, 10);
        expect(starts.map((start) => start.job)).toEqual(expected);
      }),
    );
  });

  it('shares a pool by weight, to one place', () => {
    const weights = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 40 }), ([one, other], max) => {
        const teams = [
          { name: 'one', repositories: ['a/*'], weight: one },
          { name: 'other', repositories: ['b/*'], weight: other },
        ];
        const queued = Array.from({ length: 100 }, (_, at) =>
          aQueuedJob(at + 1, at < 50 ? { repository: 'a/x' } : { repository: 'b/x' }),
        );
        const state = { jobs: queued, runners: [], recent: new Map() };
        const { starts } = plan(
          { ...state, pools: [aPoolState('default', { max })] },
          aSchedulePolicy({ shares: { teams } }),
          200,
        );
        const of = (scope: string) => starts.filter((start) => start.scope === scope).length;
        const difference = Math.abs(of('a/x') * other - of('b/x') * one);
        expect(difference).toBeLessThanOrEqual(Math.max(one, other));
        expect(starts).toHaveLength(max);
      }),
    );
  });
});

describe('over time', () => {
  it('starves nobody: every job that may run begins, whatever else arrives', () => {
    const arrivals = fc
      .array(fc.tuple(job, fc.integer({ min: 1, max: 80 })), { minLength: 1, maxLength: 60 })
      .map((list) =>
        list.map(
          ([traits, durationMs], at): Arrival => ({ job: aQueuedJob(at + 1, traits), durationMs }),
        ),
      );
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 3 }), (coming, max) => {
        const pools = ['pa', 'pb', 'pab'].map((name) => aPoolState(name, { max }));
        const begun = simulate({ policy, pools, startMs: 5, recent: REPOSITORIES }, coming);
        const runnable = coming.filter(
          (each) => each.job.hold === null && each.job.labels[0] !== 'c',
        );
        const ids = new Set<JobId>(begun.map((each) => each.job.id));
        expect(runnable.filter((each) => !ids.has(each.job.id))).toEqual([]);
        expect(ids.size).toBe(begun.length);
      }),
      { numRuns: 60 },
    );
  });

  it('lets a patient job pass an endless stream of urgent ones', () => {
    const urgent = Array.from({ length: 400 }, (_, at): Arrival => {
      const traits = { queuedAt: at * 10, priority: 5, repository: `r/${at}` };
      return { job: aQueuedJob(at + 2, traits), durationMs: 100 };
    });
    const patient = { job: aQueuedJob(1, { queuedAt: 0, priority: -5 }), durationMs: 10 };
    const pools = [aPoolState('default', { max: 2 })];
    const ageing = aSchedulePolicy({ ageMs: 100 });
    const begun = simulate({ policy: ageing, pools, startMs: 1 }, [...urgent, patient]);
    const place = begun.findIndex(({ job: { id } }) => id === patient.job.id);
    expect(begun).toHaveLength(401);
    // Ten steps of priority are worth a second.
    expect(begun[place]?.waitMs).toBeLessThan(2_000);
  });

  it('keeps a calm repository’s wait within twice that on an idle fleet while another floods', () => {
    const { alone, beside } = floodedWaits();
    expect(alone.length).toBe(200);
    expect(percentile(beside, 95)).toBeLessThanOrEqual(2 * percentile(alone, 95));
  });
});
