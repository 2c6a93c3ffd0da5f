import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { aJobMessage } from '../../test/support/job-message.ts';
import { aJob, createMemoryLedger } from '../../test/support/memory-ports.ts';
import { createRunnerScene, jobArrives } from '../../test/support/runner-scene.ts';
import { encodeContextData } from '../actions/context-data.ts';
import type { Value } from '../actions/expressions.ts';
import { jobIdOf, type PoolName, poolName } from '../domain/ids.ts';
import type { RoutedJob } from '../domain/routing-pool.ts';
import { allowedPool } from './runner-trust.ts';

const id = jobIdOf(7);
const here = poolName('here');
const pull = (head: Value) => ({
  event_name: 'pull_request',
  event: { pull_request: { head } },
});
const fork = pull({ repo: { full_name: 'stranger/demo' } });

const where = (
  github: Record<string, Value>,
  options: { takesForks?: boolean; other?: PoolName | null; job?: typeof id | null } = {},
) => {
  const asked: RoutedJob[] = [];
  const trust = {
    takesForks: () => options.takesForks === true,
    poolFor: (job: RoutedJob) => {
      asked.push(job);
      return options.other ?? null;
    },
  };
  const ledger = createMemoryLedger(aJob({ id, labels: ['small'] }));
  const message = aJobMessage({ steps: [], github });
  const job = options.job === undefined ? id : options.job;
  return { asked, pool: allowedPool({ trust, ledger }, { message, job, pool: here }) };
};

describe('allowedPool', () => {
  it.each<[string, Record<string, Value>]>([
    ['a push', {}],
    ['a pull request of the repository itself', pull({ repo: { full_name: 'Octo/Demo' } })],
  ])('leaves %s where it is', async (_what, github) => {
    expect(await where(github).pool).toBe(here);
  });

  it('moves a job of a fork to a pool that takes it', async () => {
    const { pool, asked } = where(fork, { other: poolName('strangers') });
    expect(await pool).toBe('strangers');
    expect(asked).toMatchObject([{ fork: 'yes', event: 'pull_request', labels: ['small'] }]);
  });

  it('asks nothing where the pool takes forks', async () => {
    expect(await where(fork, { takesForks: true }).pool).toBe(here);
  });

  it.each([
    ['no pool takes it', () => where(fork)],
    ['the repository is gone', () => where(pull({ repo: null }))],
    ['the ledger does not know it', () => where(fork, { other: here, job: null })],
  ])('refuses it when %s', async (_why, ask) => {
    await expect(ask().pool).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a runner of a pool that refuses forks', () => {
  const message = aJobMessage({ steps: [], github: fork });
  const contextData = { ...message.contextData, job: encodeContextData({ check_run_id: 4711 }) };
  const scene = (other: PoolName | null) =>
    createRunnerScene({
      job: { message: { ...message, contextData } },
      deps: { trust: { takesForks: () => false, poolFor: () => other } },
    });
  const anOrder = {
    ...{ pool: here, scope: 'octo/demo', labels: ['small'], wantedBy: jobIdOf(4711) },
    decidedAt: '2026-01-01T00:00:00.000Z',
  };

  it('gives a job of a fork to a container of a pool that takes it', async () => {
    const { proxy, say, happened, ledger } = scene(poolName('strangers'));
    await proxy.start(anOrder);
    say(jobArrives);
    await eventually(() => happened.includes('freed job-done'), 'the end of the runner');
    expect(happened.filter((what) => what === 'container claimed')).toHaveLength(2);
    expect(happened.lastIndexOf('container claimed')).toBeLessThan(happened.indexOf('steps'));
    expect(await ledger.get(jobIdOf(4711))).toMatchObject({
      ...{ pool: 'strangers', conclusion: 'success' },
    });
  });

  it('completes it as failed, without a step, where no pool takes it', async () => {
    const { proxy, say, happened, ledger } = scene(null);
    await proxy.start(anOrder);
    say(jobArrives);
    await eventually(() => happened.includes('freed job-done'), 'the end of the runner');
    expect(happened).not.toContain('steps');
    expect(await ledger.get(jobIdOf(4711))).toMatchObject({
      conclusion: 'failure',
      failureDetail: expect.stringContaining('Held by policy'),
    });
  });
});
