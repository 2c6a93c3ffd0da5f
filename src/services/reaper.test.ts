import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../test/support/clocks.ts';
import { createRecordingLog } from '../../test/support/logs.ts';
import {
  aJob,
  createMemoryEvents,
  createMemoryLedger,
  createMemoryRunners,
  type MemoryLedger,
  type MemoryRunners,
} from '../../test/support/memory-ports.ts';
import { AppError } from '../domain/errors.ts';
import {
  containerId,
  hostName,
  installationId,
  instanceId,
  jobIdOf,
  poolName,
  runnerId,
} from '../domain/ids.ts';
import type { RunnerRecord } from '../ports/runner-store.ts';
import { createReaper, type ReapedHost, type Reaper, type ReaperDeps } from './reaper.ts';
import { createTicketSealer } from './ticket.ts';

const CREATED_AT = '2026-06-30T15:40:39.000Z';
const dead = instanceId('dead');
const living = instanceId('living');
const self = instanceId('self');
const job = jobIdOf(1);
const tickets = createTicketSealer(new Uint8Array(32));
const ticket = tickets.seal({
  runServiceUrl: 'http://localhost/run/',
  jobToken: 'job-token',
  planId: 'plan-1',
  jobId: 'job-1',
  billingOwnerId: null,
});

const aRunner = (change: Partial<RunnerRecord> = {}): RunnerRecord => ({
  id: runnerId('r1'),
  name: 'rh-small-1',
  githubId: 7,
  scope: 'octo/demo',
  labels: ['small'],
  pool: poolName('small'),
  host: null,
  container: containerId('c-dead'),
  state: 'busy',
  job,
  wantedBy: null,
  instance: dead,
  createdAt: '2026-06-30T15:40:39.000Z',
  ticket,
  ...change,
});

interface Scene {
  readonly reaper: Reaper;
  readonly happened: string[];
  readonly runners: MemoryRunners;
  readonly ledger: MemoryLedger;
}

function aScene(runner: RunnerRecord, change: Partial<ReaperDeps> = {}): Scene {
  const happened: string[] = [];
  const runners = createMemoryRunners(runner);
  const ledger = createMemoryLedger(aJob({ id: job, state: 'running' }));
  const installation = installationId('i');
  const owned = [dead, living, self].map((instance) => ({
    id: containerId(instance.replace('hub_', 'c-')),
    installation,
    instance,
    pool: poolName('small'),
    state: 'running' as const,
    createdAt: CREATED_AT,
  }));
  const engine: ReapedHost['engine'] = {
    owned: async () => owned,
    destroy: async (id) => void happened.push(`destroy ${id}`),
    async sweep(_installation, alive) {
      happened.push(`sweep but ${alive.join(' ')}`);
      return 1;
    },
  };
  const reaper = createReaper({
    hosts: { all: () => [{ name: hostName('here'), engine }] },
    runners,
    leases: { alive: async () => [living], takeLapsed: async () => [dead] },
    ledger,
    github: {
      async removeRunner() {
        happened.push('DELETE');
        return 'removed';
      },
    },
    protocol: {
      async completeOrphan(url, token, { conclusion, jobId, annotations }) {
        happened.push(`complete ${url} ${token} ${jobId} ${conclusion} ${annotations.length}`);
      },
    },
    tickets,
    adopt: async () => false,
    holds: () => true,
    events: createMemoryEvents(),
    clock: createTestClock(),
    log: createRecordingLog(),
    installation,
    instance: self,
    ...change,
  });
  return { reaper, happened, runners, ledger };
}

describe('the reaper', () => {
  it('ends the job, the runner and the container of a dead instance, and no others', async () => {
    const { reaper, happened, runners, ledger } = aScene(aRunner());
    expect(await reaper.run()).toEqual({
      runners: 1,
      jobsCompleted: 1,
      containers: 1,
      swept: 1,
      problems: [],
    });
    const complete = happened.indexOf('complete http://localhost/run/ job-token job-1 failed 1');
    expect(complete).toBeGreaterThanOrEqual(0);
    expect(happened.indexOf('DELETE')).toBeGreaterThan(complete);
    const engine = happened.filter((what) => /^(destroy|sweep)/.test(what));
    expect(engine).toEqual(['destroy c-dead', 'sweep but hub_living hub_self']);
    expect(runners.all()[0]).toMatchObject({ state: 'gone', ticket: null });
    expect(ledger.jobs.get(job)).toMatchObject({
      state: 'completed',
      conclusion: 'failure',
      failure: 'infrastructure',
      failureDetail: expect.stringMatching(/ended unexpectedly/),
    });
  });

  it('leaves the runners of living instances alone', async () => {
    const { reaper, happened, runners } = aScene(aRunner({ instance: living }));
    expect(await reaper.run()).toMatchObject({ runners: 0, jobsCompleted: 0 });
    expect(happened).not.toContain('DELETE');
    expect(runners.all()[0]?.state).toBe('busy');
  });

  it('counts a job that is gone as ended', async () => {
    const completeOrphan = (): Promise<never> => Promise.reject(new AppError('job-gone', 'gone'));
    const { reaper, ledger } = aScene(aRunner(), { protocol: { completeOrphan } });
    expect(await reaper.run()).toMatchObject({ runners: 1, problems: [] });
    expect(ledger.jobs.get(job)?.state).toBe('completed');
  });

  it('keeps the ticket for the next run when GitHub cannot be reached', async () => {
    const completeOrphan = (): Promise<never> =>
      Promise.reject(new AppError('github-unreachable', 'no answer'));
    const { reaper, runners, ledger } = aScene(aRunner(), { protocol: { completeOrphan } });
    const summary = await reaper.run();
    expect(summary).toMatchObject({ runners: 0, containers: 1 });
    expect(summary.problems).toEqual(['ending runner rh-small-1: no answer']);
    expect(runners.all()[0]).toMatchObject({ state: 'busy', ticket });
    expect(ledger.jobs.get(job)?.state).toBe('running');
  });

  it('leaves a container that a pool takes over', async () => {
    const offered: string[] = [];
    const { reaper, happened } = aScene(aRunner(), {
      adopt: async (host, { id }) => offered.push(`${host} ${id}`) > 0,
    });
    expect(await reaper.run()).toMatchObject({ containers: 0, problems: [] });
    expect(offered).toEqual(['here c-dead']);
    expect(happened.some((what) => what.startsWith('destroy'))).toBe(false);
  });

  it('removes an old container of its own that no pool knows, and no young one', async () => {
    const old = aScene(aRunner(), { holds: () => false });
    await old.reaper.run();
    expect(old.happened).toContain('destroy c-self');
    const now = Date.parse(CREATED_AT) + 60_000;
    const clock = { now: () => now, sleep: async () => undefined };
    const young = aScene(aRunner(), { holds: () => false, clock });
    await young.reaper.run();
    expect(young.happened).not.toContain('destroy c-self');
  });

  it('reports an engine that is down and ends the runners all the same', async () => {
    const down = (): Promise<never> => Promise.reject(new AppError('docker-down', 'no answer'));
    const engine = { owned: down, destroy: down, sweep: down };
    const { reaper } = aScene(aRunner(), {
      hosts: { all: () => [{ name: hostName('here'), engine }] },
    });
    expect(await reaper.run()).toMatchObject({
      runners: 1,
      problems: ['removing containers on host here: no answer'],
    });
  });

  it('gives a job without a ticket back to the queue before its first step', async () => {
    const { reaper, ledger } = aScene(aRunner({ ticket: null }));
    ledger.jobs.set(job, aJob({ id: job, state: 'assigned' }));
    await reaper.run();
    expect(ledger.jobs.get(job)?.state).toBe('queued');
  });
});
