import { describe, expect, it } from 'vitest';
import {
  aLiveRunner,
  aPoolState,
  aQueuedJob,
  aRoutedPool,
  aSchedulePolicy,
  aState,
  type PolicyParts,
} from '../../test/support/schedule-scene.ts';
import { jobIdOf, poolName } from './ids.ts';
import { plan } from './schedule.ts';
import type { Plan, ScheduleState } from './schedule-types.ts';

const NOW = 1_000_000;
const planFor = (state: Partial<ScheduleState>, parts: PolicyParts = {}, now = NOW): Plan =>
  plan(aState(state), aSchedulePolicy(parts), now);
const started = ({ starts }: Plan) => starts.map(({ job }) => job);
const reasonOf = ({ waits }: Plan, id: number) => waits.get(jobIdOf(id));
const pools = (...names: string[]) => names.map((name) => aRoutedPool(name));

describe('plan', () => {
  it('starts a runner with the labels of pool and job', () => {
    const decided = planFor({ jobs: [aQueuedJob(1, { labels: ['Self-Hosted', 'linux'] })] });
    expect(decided.starts).toEqual([
      { pool: 'default', scope: 'octo/app', labels: ['linux', 'Self-Hosted'], job: 'job_1' },
    ]);
    expect(reasonOf(decided, 1)).toEqual({ code: 'runner-starting', pool: 'default' });
  });

  it('counts runners that have no job yet, where they are registered', () => {
    const jobs = [aQueuedJob(1)];
    const withRunner = (change: Parameters<typeof aLiveRunner>[0]) =>
      started(planFor({ jobs, runners: [aLiveRunner(change)] }));
    expect(withRunner({})).toEqual([]);
    expect(withRunner({ state: 'idle' })).toEqual([]);
    expect(withRunner({ state: 'busy' })).toEqual(['job_1']);
    expect(withRunner({ scope: 'octo/other' })).toEqual(['job_1']);
    expect(withRunner({ labels: ['windows'] })).toEqual(['job_1']);
  });

  it('says what an online runner waits for', () => {
    const idle = (since: number) =>
      planFor({ jobs: [aQueuedJob(1)], runners: [aLiveRunner({ state: 'idle', since })] });
    expect(reasonOf(idle(NOW - 59_000), 1)).toEqual({ code: 'runner-idle', pool: 'default' });
    expect(idle(NOW - 59_000).wakeAt).toBe(NOW + 1_000);
    expect(reasonOf(idle(NOW - 60_000), 1)).toEqual({ code: 'not-offered', pool: 'default' });
    expect(idle(NOW - 60_000).wakeAt).toBeNull();
  });

  it('counts a runner that fits two kinds of jobs for the one with more labels', () => {
    const routing = { pools: [aRoutedPool('default', { labels: ['linux', 'big'] })] };
    const jobs = [aQueuedJob(1), aQueuedJob(2, { labels: ['linux', 'big'] })];
    const runners = [aLiveRunner({ labels: ['linux', 'big'] })];
    expect(started(planFor({ jobs, runners }, { routing }))).toEqual(['job_1']);
  });

  it('fills a pool and no more, and then the next', () => {
    const state = { pools: [aPoolState('a', { max: 1 }), aPoolState('b', { max: 1 })] };
    const jobs = [3, 1, 2].map((id) => aQueuedJob(id));
    const decided = planFor({ ...state, jobs }, { routing: { pools: pools('a', 'b') } });
    expect(decided.starts.map(({ job, pool }) => `${job} ${pool}`)).toEqual(['job_1 a', 'job_2 b']);
    expect(reasonOf(decided, 3)).toEqual({ code: 'pool-full', pool: 'a', max: 1 });
    expect(decided.contended).toEqual(new Set(['a', 'b']));
  });

  it('does not let a job that waits block one that fits elsewhere', () => {
    const small = aRoutedPool('small', { labels: ['small'] });
    const decided = planFor(
      {
        jobs: [aQueuedJob(1), aQueuedJob(2), aQueuedJob(3), aQueuedJob(4, { labels: ['small'] })],
        pools: [aPoolState(), aPoolState('small')],
      },
      { routing: { pools: [aRoutedPool('default'), small] } },
    );
    expect(started(decided)).toEqual(['job_1', 'job_2', 'job_4']);
    expect(decided.contended.has(poolName('small'))).toBe(false);
  });

  it('puts higher priority first: by rule, and the job’s own before that', () => {
    const priorities = [{ match: { branch: ['main'] }, priority: 5 }];
    const jobs = [
      aQueuedJob(1, { branch: 'x' }),
      aQueuedJob(2),
      aQueuedJob(3, { branch: 'x', priority: 9 }),
    ];
    expect(started(planFor({ jobs }, { priorities }))).toEqual(['job_3', 'job_2']);
  });

  it('lets age overtake priority', () => {
    const priorities = [{ match: { branch: ['main'] }, priority: 2 }];
    const jobs = [aQueuedJob(1, { branch: 'x' }), aQueuedJob(2, { queuedAt: NOW - 1 })];
    const first = (now: number) =>
      started(
        planFor(
          { jobs, pools: [aPoolState('default', { max: 1 })] },
          { priorities, ageMs: 1_000 },
          now,
        ),
      );
    expect(first(2_000)).toEqual(['job_2']);
    expect(first(NOW)).toEqual(['job_1']);
  });

  it('gives repositories equal shares, and teams theirs by weight', () => {
    const jobs = [1, 2, 3, 4, 5, 6].map((id) => aQueuedJob(id, { repository: 'a/flood' }));
    jobs.push(...[7, 8, 9].map((id) => aQueuedJob(id, { repository: 'b/calm' })));
    const state = { jobs, pools: [aPoolState('default', { max: 4 })] };
    expect(started(planFor(state))).toEqual(['job_1', 'job_7', 'job_2', 'job_8']);
    const teams = [{ name: 'b', repositories: ['B/*'], weight: 3 }];
    expect(started(planFor(state, { shares: { teams } }))).toEqual([
      ...['job_1', 'job_7', 'job_8', 'job_9'],
    ]);
  });

  it('keeps the last places of a pool for those below their share', () => {
    const shares = { reservePercent: 20 };
    const flood = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((id) => aQueuedJob(id));
    const state = { pools: [aPoolState('default', { max: 10 })] };
    const recent = new Map([[poolName('default'), ['octo/app', 'other/one']]]);
    const decided = planFor({ ...state, jobs: flood, recent }, { shares });
    expect(started(decided)).toHaveLength(8);
    expect(reasonOf(decided, 9)).toEqual({ code: 'fair-share', pool: 'default', reserved: 2 });
    // Nobody else uses the pool: nothing is kept.
    expect(started(planFor({ ...state, jobs: flood }, { shares }))).toHaveLength(10);
    const late = aQueuedJob(11, { repository: 'other/one' });
    expect(started(planFor({ ...state, jobs: [...flood, late], recent }, { shares }))).toContain(
      'job_11',
    );
  });

  it('keeps quotas, counting what runs', () => {
    const quotas = [
      {
        name: 'nightly',
        match: { workflow: ['nightly'] },
        pools: [],
        per: 'repository' as const,
        max: 1,
      },
    ];
    const nightly = aQueuedJob(1, { workflow: 'Nightly' });
    const state = { jobs: [nightly, { ...nightly, id: jobIdOf(2) }, aQueuedJob(3)] };
    const decided = planFor(state, { quotas });
    expect(started(decided)).toEqual(['job_1', 'job_3']);
    expect(reasonOf(decided, 2)).toEqual({ code: 'quota-reached', quota: 'nightly', max: 1 });
    const runners = [aLiveRunner({ state: 'busy', job: nightly })];
    expect(started(planFor({ ...state, runners }, { quotas }))).toEqual(['job_3']);
    const elsewhere = { ...nightly, id: jobIdOf(4), repository: 'o/else', scope: 'o/else' };
    expect(started(planFor({ jobs: [elsewhere], runners }, { quotas }))).toEqual(['job_4']);
  });

  it('uses a fallback once the job has waited for it', () => {
    const rules = [
      {
        name: 'overflow',
        match: {},
        action: {
          kind: 'pools' as const,
          pools: [
            { pool: poolName('own'), afterMs: 0 },
            { pool: poolName('cloud'), afterMs: 60_000 },
          ],
        },
      },
    ];
    const routing = { pools: pools('own', 'cloud'), rules };
    const state = { pools: [aPoolState('own', { max: 1 }), aPoolState('cloud')] };
    const jobs = [aQueuedJob(1, { queuedAt: NOW - 50 }), aQueuedJob(2, { queuedAt: NOW - 40 })];
    const before = planFor({ ...state, jobs }, { routing });
    expect(started(before)).toEqual(['job_1']);
    expect(reasonOf(before, 2)).toEqual({ code: 'pool-full', pool: 'own', max: 1 });
    expect(before.wakeAt).toBe(NOW - 40 + 60_000);
    const after = planFor({ ...state, jobs }, { routing }, NOW + 59_960);
    expect(after.starts.map(({ pool }) => pool)).toEqual(['own', 'cloud']);
  });

  it('lets a pool rest or pause, for the reason given', () => {
    const reason = { code: 'host-down', host: 'local', detail: 'gone' } as const;
    const resting = aPoolState('default', { rest: { until: NOW + 500, reason } });
    const decided = planFor({ jobs: [aQueuedJob(1)], pools: [resting] });
    expect(reasonOf(decided, 1)).toEqual(reason);
    expect(decided.wakeAt).toBe(NOW + 500);
    expect(
      started(planFor({ jobs: [aQueuedJob(1)], pools: [resting] }, {}, NOW + 500)),
    ).toHaveLength(1);
    const paused = aPoolState('default', { paused: 'new disk' });
    expect(reasonOf(planFor({ jobs: [aQueuedJob(1)], pools: [paused] }), 1)).toEqual({
      ...{ code: 'pool-paused', pool: 'default', note: 'new disk' },
    });
  });

  it('says why no room would help', () => {
    const rules = [
      {
        name: 'freeze',
        match: { branch: ['frozen'] },
        action: { kind: 'hold' as const, note: 'no' },
      },
      { name: 'win', match: { branch: ['win'] }, action: { kind: 'pools' as const, pools: [] } },
    ];
    const kept = aRoutedPool('kept', { labels: ['kept'], exclusive: true });
    const own = aRoutedPool('own', { labels: ['own'], repositories: ['some/one'] });
    const routing = { rules, pools: [aRoutedPool('default'), kept, own] };
    const why = (change: Parameters<typeof aQueuedJob>[1]) =>
      reasonOf(planFor({ jobs: [aQueuedJob(1, change)] }, { routing, needsRun: true }), 1);
    expect(why({ labels: ['linux', 'kept'] })).toEqual({
      ...{ code: 'no-pool-for-labels', labels: ['linux', 'kept'], unknown: [], suggestions: [] },
    });
    expect(why({ labels: ['lniux'] })).toMatchObject({
      unknown: ['lniux'],
      suggestions: [{ label: 'lniux', instead: 'linux' }],
    });
    expect(why({ labels: ['own'] })).toEqual({ code: 'repository-not-allowed', pools: ['own'] });
    expect(why({ labels: ['kept'] })).toEqual({ code: 'pools-exclusive', pools: ['kept'] });
    expect(why({ branch: 'win' })).toEqual({ code: 'rule-fits-no-pool', rule: 'win' });
    expect(why({ branch: 'frozen' })).toEqual({ code: 'held-by-rule', rule: 'freeze', note: 'no' });
    expect(why({ hold: 'wait for me' })).toEqual({ code: 'held', note: 'wait for me' });
    expect(why({ fork: 'unknown' })).toEqual({ code: 'run-unknown', detail: null });
    expect(why({ fork: 'yes' })).toEqual({ code: 'fork-not-trusted', pools: ['default'] });
  });
});
