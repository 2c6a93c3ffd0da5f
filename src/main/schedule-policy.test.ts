import { describe, expect, it } from 'vitest';
import { showRoute } from './commands/route.ts';
import { loadConfig, poolsOf } from './config.ts';
import { schedulePolicyOf } from './schedule-policy.ts';

const TEXT = `
pools:
  - { name: small, labels: [linux, x64], repositories: [acme/*] }
  - { name: big, labels: [linux, x64, big], cpuMillis: 8000, exclusive: true, forks: allow }
routing:
  aliases: { ubuntu-latest: [linux, x64] }
  rules:
    - name: releases
      match: { branch: release/* }
      pools: [small, { pool: big, afterSeconds: 60 }]
    - { name: stop, match: { labels: stopped }, hold: not now }
priorities:
  ageMinutes: 1
  rules: [{ match: { branch: [main, release/*] }, priority: 5 }]
quotas: [{ name: one, per: repository, max: 1 }]
fairShare: { teams: [{ name: a, repositories: [acme/*], weight: 2 }] }
`;
const load = (text: string) => loadConfig({}, { name: 'runnerhub.yml', text });
const configOf = (text: string) => {
  const loaded = load(text);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
};

describe('schedulePolicyOf', () => {
  const config = configOf(TEXT);
  const policy = schedulePolicyOf(config, poolsOf(config), 'arm64');
  const job = {
    ...{ repository: 'acme/shop', workflow: 'CI', job: 'test', event: null },
    ...{ branch: 'release/1', labels: ['Ubuntu-Latest'], fork: 'no' as const },
  };

  it('reads every section', () => {
    expect(policy.router.route(job)).toEqual({
      kind: 'pools',
      rule: 'releases',
      steps: [
        { pool: 'small', afterMs: 0 },
        { pool: 'big', afterMs: 60_000 },
      ],
    });
    expect(policy.router.route({ ...job, branch: 'x', labels: ['arch:arm64', 'cpu:2'] })).toEqual({
      ...{ kind: 'pools', rule: null, steps: [{ pool: 'small', afterMs: 0 }] },
    });
    expect(policy.priorities.of(job)).toBe(5);
    expect(policy.quotas.of(job).map(({ quota }) => quota.max)).toEqual([1]);
    expect(policy.shares.groupOf('Acme/Shop')).toEqual({ name: 'team a', weight: 2 });
    expect(policy).toMatchObject({ ageMs: 60_000, needsRun: true });
  });

  it('needs no run where no pool and no rule ask for it', () => {
    const open = configOf('pools: [{ name: a, labels: [x], forks: allow }]');
    expect(schedulePolicyOf(open, poolsOf(open), 'x64').needsRun).toBe(false);
    const asks = configOf(
      'pools: [{ name: a, labels: [x], forks: allow }]\npriorities: { rules: [{ match: { event: push }, priority: 1 }] }',
    );
    expect(schedulePolicyOf(asks, poolsOf(asks), 'x64').needsRun).toBe(true);
  });
});

describe('the configuration of scheduling', () => {
  it.each([
    [
      'routing: { rules: [{ name: a, pools: [x] }] }',
      'routing.rules.0.pools: there is no pool "x"',
    ],
    ['quotas: [{ name: a, pools: [x], max: 1 }]', 'quotas.0.pools: there is no pool "x"'],
    ['routing: { rules: [{ name: a }] }', 'must have either `pools` or `hold`'],
    ['routing: { rules: [{ name: a, hold: x, match: { repo: a } }] }', 'unknown setting "repo"'],
    ['fairShare: { reservePercent: 80 }', 'fairShare.reservePercent'],
  ])('%s', (text, problem) => {
    const loaded = load(text);
    expect('problems' in loaded ? loaded.problems.join('\n') : '').toContain(problem);
  });
});

describe('runnerhub route', () => {
  const config = configOf(TEXT);
  const show = (options: Parameters<typeof showRoute>[0]) => {
    const texts: string[] = [];
    const to = { write: (text: string) => texts.push(text) > 0 };
    const code = showRoute(options, { config, out: to, err: to });
    return { code, text: texts.join('') };
  };

  it('says where a job would go, and why not elsewhere', () => {
    const { code, text } = show({ labels: 'linux,x64', repository: 'acme/shop' });
    expect(code).toBe(0);
    expect(text).toContain('● small  Fits and comes first.');
    expect(text).toContain('✗ big    Takes only jobs that a rule sends to it.');
  });

  it('says what was probably meant', () => {
    const { code, text } = show({ labels: 'lniux', repository: 'acme/shop' });
    expect(code).toBe(1);
    expect(text).toContain('no pool takes it');
    expect(text).toContain('lniux: did you mean linux?');
  });

  it('tells a rule that holds', () => {
    expect(show({ labels: 'stopped' }).text).toContain('held (rule "stop"): not now');
  });

  it('refuses what it does not understand', () => {
    expect(show({ labels: '' })).toMatchObject({ code: 2 });
    expect(show({ labels: 'a', fork: 'maybe' }).text).toContain('--fork');
  });
});
