import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { poolName } from './ids.ts';
import { matchesJob } from './job-match.ts';
import { compileRouter, type RoutingPolicy, type RoutingRule, runnerLabels } from './routing.ts';
import { explainRoute } from './routing-explain.ts';
import { inPreference, type RoutedJob, type RoutedPool, refusalOf } from './routing-pool.ts';
import { parseRequirement } from './routing-requirement.ts';

const aPool = (name: string, change: Partial<RoutedPool> = {}): RoutedPool => ({
  name: poolName(name),
  labels: ['linux', 'x64'],
  capabilities: { ...{ cpuMillis: 2000, memoryMb: 4096, arch: 'x64' }, ...noExtras },
  priority: 0,
  exclusive: false,
  repositories: [],
  forks: 'refuse',
  ...change,
});
const noExtras = { gpus: 0, docker: false, tools: [] };
const aJob = (change: Partial<RoutedJob> = {}): RoutedJob => ({
  repository: 'octo/app',
  workflow: 'CI',
  job: 'test',
  branch: 'main',
  event: 'push',
  labels: ['Linux'],
  fork: 'no',
  ...change,
});
const aPolicy = (change: Partial<RoutingPolicy> = {}): RoutingPolicy => ({
  pools: [aPool('default')],
  rules: [],
  aliases: {},
  implied: ['self-hosted'],
  ...change,
});
const to = (name: string, ...pools: string[]): RoutingRule => ({
  name,
  match: {},
  action: { kind: 'pools', pools: pools.map((pool) => ({ pool: poolName(pool), afterMs: 0 })) },
});
/** The pools of a route, in order. */
const routed = (policy: RoutingPolicy, job = aJob()) => {
  const route = compileRouter(policy).route(job);
  return route.kind === 'pools' ? route.steps.map(({ pool }) => pool) : route.kind;
};

describe('compileRouter', () => {
  it('finds the pools that offer all labels, without regard to case', () => {
    const pools = [aPool('a'), aPool('b', { labels: ['LINUX', 'big'] })];
    expect(routed(aPolicy({ pools }), aJob({ labels: ['BIG', 'linux', 'self-hosted'] }))).toEqual([
      'b',
    ]);
    expect(routed(aPolicy({ pools, implied: [] }), aJob({ labels: ['self-hosted'] }))).toBe(
      'nowhere',
    );
  });

  it('prefers priority, then the most specific, then the smallest, then the order', () => {
    const big = { ...aPool('').capabilities, cpuMillis: 8000 };
    const pools = [
      aPool('many', { labels: ['linux', 'x64', 'gpu'] }),
      aPool('big', { capabilities: big }),
      aPool('first'),
      aPool('second'),
      aPool('urgent', { priority: 1, labels: ['linux', 'x64', 'gpu', 'more'] }),
    ];
    const order = ['urgent', 'first', 'second', 'big', 'many'];
    expect(routed(aPolicy({ pools }))).toEqual(order);
  });

  it('follows aliases, one step', () => {
    const policy = aPolicy({
      aliases: { 'ubuntu-latest': ['linux', 'cpu:2'], twice: ['ubuntu-latest'] },
    });
    expect(routed(policy, aJob({ labels: ['Ubuntu-Latest'] }))).toEqual(['default']);
    expect(routed(policy, aJob({ labels: ['twice'] }))).toBe('nowhere');
  });

  it('compares requirements with what pools have', () => {
    const big = { cpuMillis: 8000, memoryMb: 16_384, arch: 'arm64', gpus: 1, docker: true };
    const pools = [aPool('small'), aPool('big', { capabilities: { ...big, tools: ['Node20'] } })];
    const wants = (...labels: string[]) => routed(aPolicy({ pools }), aJob({ labels }));
    expect(wants('cpu:2')).toEqual(['small', 'big']);
    expect(wants('cpu:2.5')).toEqual(['big']);
    expect(wants('memory:8GB', 'arch:aarch64', 'gpu', 'docker', 'tool:node20')).toEqual(['big']);
    expect(wants('gpu:2')).toBe('nowhere');
  });

  it('keeps to the list of repositories, exclusive pools and trust', () => {
    const pools = [
      aPool('own', { repositories: ['octo/*'] }),
      aPool('kept', { exclusive: true }),
      aPool('open', { forks: 'allow' }),
    ];
    expect(routed(aPolicy({ pools }))).toEqual(['own', 'open']);
    expect(routed(aPolicy({ pools }), aJob({ repository: 'Else/app' }))).toEqual(['open']);
    expect(routed(aPolicy({ pools }), aJob({ fork: 'yes' }))).toEqual(['open']);
    expect(routed(aPolicy({ pools }), aJob({ fork: 'unknown' }))).toEqual(['open']);
  });

  it('lets the first rule decide, but never against labels or trust', () => {
    const pools = [
      aPool('a'),
      aPool('kept', { exclusive: true }),
      aPool('win', { labels: ['win'] }),
    ];
    const rules: RoutingRule[] = [
      { ...to('release', 'kept', 'win'), match: { branch: ['release/*'] } },
      { name: 'stop', match: { event: ['schedule'] }, action: { kind: 'hold', note: 'not now' } },
    ];
    expect(routed(aPolicy({ pools, rules }), aJob({ branch: 'release/1' }))).toEqual(['kept']);
    expect(routed(aPolicy({ pools, rules }), aJob({ event: 'schedule' }))).toBe('held');
    expect(routed(aPolicy({ pools, rules }))).toEqual(['a']);
    const fork = aJob({ branch: 'release/1', fork: 'yes' });
    expect(routed(aPolicy({ pools, rules }), fork)).toBe('nowhere');
  });

  it('agrees with the definition, whatever pools, rules and job', () => {
    fc.assert(
      fc.property(policies, jobs, (policy, job) => {
        const router = compileRouter(policy);
        const expected = reference(policy, job);
        const route = router.route(job);
        expect(route.kind === 'pools' ? route.steps.map(({ pool }) => pool) : route.kind).toEqual(
          expected,
        );
        const explained = explainRoute(job, router);
        expect(explained.chosen).toBe(Array.isArray(expected) ? expected[0] : null);
        expect(explained.considered).toHaveLength(policy.pools.length);
        const refused = explained.considered.filter(({ verdict }) => verdict === 'refused');
        expect(refused).toHaveLength(
          policy.pools.length - (Array.isArray(expected) ? expected.length : 0),
        );
      }),
      { numRuns: 400 },
    );
  });
});

describe('explainRoute', () => {
  it('says why of each pool, and what was probably meant', () => {
    const pools = [
      aPool('a'),
      aPool('b', { labels: ['linux', 'x64', 'c'] }),
      aPool('kept', { exclusive: true }),
      aPool('own', { repositories: ['x/y'] }),
      aPool('win', { labels: ['windows'] }),
    ];
    const router = compileRouter(aPolicy({ pools }));
    expect(explainRoute(aJob(), router)).toEqual({
      chosen: 'a',
      rule: null,
      held: null,
      considered: [
        { pool: 'a', verdict: 'chosen', why: 'Fits and comes first.' },
        { pool: 'b', verdict: 'fits', why: 'Fits, and is used when the ones before are full.' },
        { pool: 'win', verdict: 'refused', why: 'Does not offer: Linux.' },
        { pool: 'kept', verdict: 'refused', why: 'Takes only jobs that a rule sends to it.' },
        { pool: 'own', verdict: 'refused', why: 'Does not allow this repository.' },
      ],
      suggestions: [],
    });
    expect(explainRoute(aJob({ labels: ['lniux'] }), router).suggestions).toEqual([
      { label: 'lniux', instead: 'linux' },
    ]);
  });
});

describe('runnerLabels', () => {
  it('are those of the pool and of the job', () => {
    expect(runnerLabels(aPool('a'), ['Linux', 'cpu:2'])).toEqual(['linux', 'x64', 'cpu:2']);
  });
});

describe('parseRequirement', () => {
  it.each(['cpu', 'cpu:', 'cpu:x', 'cpu:-1', 'memory:8tb', 'gpu:x', 'tool:', 'arch:', 'docker:1'])(
    'takes %s for an ordinary label',
    (label) => expect(parseRequirement(label)).toBeNull(),
  );
});

/** The same answer by the definition, pool by pool. */
function reference(policy: RoutingPolicy, job: RoutedJob): readonly string[] | string {
  const rule = policy.rules.find(({ match }) => matchesJob(match, job));
  if (rule?.action.kind === 'hold') return 'held';
  const admitted = inPreference(policy.pools).filter(
    (pool) => refusalOf(pool, job, policy) === null,
  );
  const names =
    rule === undefined
      ? admitted.filter(({ exclusive }) => !exclusive).map(({ name }) => name)
      : rule.action.pools
          .map(({ pool }) => pool)
          .filter((name) => admitted.some((p) => p.name === name));
  return names.length === 0 ? 'nowhere' : names;
}

const label = fc.constantFrom('a', 'B', 'c', 'cpu:2', 'gpu', 'alias', 'memory:1');
const text = fc.constantFrom('x', 'X/y', 'x/z');
const pattern = fc.constantFrom('x', 'x/*', '*', 'X/y');
const patterns = fc.array(pattern, { minLength: 1, maxLength: 2 });
const pools = fc
  .array(
    fc.record({
      labels: fc.uniqueArray(label, { maxLength: 4 }),
      capabilities: fc.record({
        cpuMillis: fc.constantFrom(1000, 2000, 4000),
        memoryMb: fc.constantFrom(512, 2048),
        arch: fc.constant('x64'),
        gpus: fc.constantFrom(0, 1),
        docker: fc.boolean(),
        tools: fc.constant([]),
      }),
      priority: fc.integer({ min: -1, max: 1 }),
      exclusive: fc.boolean(),
      repositories: fc.array(pattern, { maxLength: 2 }),
      forks: fc.constantFrom('refuse' as const, 'allow' as const),
    }),
    { maxLength: 40 },
  )
  .map((list) => list.map((pool, at) => ({ ...pool, name: poolName(`p${at}`) })));
const rules = fc.array(
  fc.record({
    name: fc.constantFrom('r', 's'),
    match: fc.record(
      { repository: patterns, branch: patterns, labels: fc.array(label, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    action: fc.oneof(
      fc.constant({ kind: 'hold' as const, note: 'n' }),
      fc
        .uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 5 })
        .map((list) => to('r', ...list.map((at) => `p${at}`)).action),
    ),
  }),
  { maxLength: 4 },
);
const policies: fc.Arbitrary<RoutingPolicy> = fc.record({
  pools,
  rules,
  aliases: fc.constantFrom({}, { Alias: ['a', 'cpu:2'] }, { alias: [] }, { a: ['b'] }),
  implied: fc.constantFrom([], ['c']),
});
const jobs: fc.Arbitrary<RoutedJob> = fc.record({
  ...{ repository: text, workflow: text, job: text, branch: fc.option(text) },
  event: fc.constant(null),
  labels: fc.array(fc.constantFrom('A', 'b', 'C', 'cpu:2', 'cpu:3', 'gpu', 'ALIAS', 'd'), {
    maxLength: 3,
  }),
  fork: fc.constantFrom('no' as const, 'yes' as const, 'unknown' as const),
});
