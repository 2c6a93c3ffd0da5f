import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobIdOf, poolName, runnerId } from '../../src/domain/ids.ts';
import { isRefused, type JobEvent } from '../../src/domain/job-lifecycle.ts';
import type { JobBoard } from '../../src/ports/job-board.ts';
import type { JobLedger, JobRecord, Outbox } from '../../src/ports/job-ledger.ts';
import { aDelivery, aReport } from '../support/ledger-builders.ts';

export interface LedgerStores {
  readonly ledger: JobLedger;
  readonly board: JobBoard;
  readonly outbox: Outbox;
  close(): Promise<void>;
}

const ID = jobIdOf(1);

/** What every ledger keeps to. `open` answers one that is empty. */
export function defineJobLedgerContract(name: string, open: () => Promise<LedgerStores>) {
  describe(`job ledger: ${name}`, () => {
    let stores: LedgerStores;
    let ledger: JobLedger;

    beforeEach(async () => {
      stores = await open();
      ledger = stores.ledger;
    });
    afterEach(() => stores.close());

    const record = async (...statuses: Parameters<typeof aReport>[1][]) => {
      for (const status of statuses) await ledger.recordDelivery(aDelivery(), aReport(1, status));
    };
    const job = async (): Promise<JobRecord> => {
      const found = await ledger.get(ID);
      if (found === null) throw new Error('the job is missing');
      return found;
    };
    const apply = async (...events: JobEvent[]) => {
      for (const event of events) {
        const after = await ledger.apply(ID, event);
        if ('refused' in after) throw new Error(after.refused);
      }
    };

    it('keeps what GitHub said about a job', async () => {
      await record('queued');
      expect(await job()).toMatchObject({
        ...aReport(1).identity,
        state: 'queued',
        waiting: { code: 'not-decided' },
        conclusion: null,
        runner: null,
        completedAt: null,
        timestamps: {
          queued_at: '2026-01-01T00:00:00.000Z',
          webhook_received_at: '2026-01-01T00:00:01.500Z',
          decided_at: null,
        },
        revision: 1,
      });
    });

    it('does nothing for a delivery that it knows', async () => {
      const delivery = aDelivery();
      expect(await ledger.recordDelivery(delivery, aReport(1))).toBe('stored');
      expect(await ledger.recordDelivery(delivery, aReport(1, 'completed'))).toBe('duplicate');
      expect(await job()).toMatchObject({ state: 'queued', revision: 1 });
      expect(await stores.outbox.depth()).toBe(1);
    });

    it('stores one of many equal deliveries that come at once', async () => {
      const delivery = aDelivery();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => ledger.recordDelivery(delivery, aReport(1))),
      );
      expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
      expect(await stores.outbox.depth()).toBe(1);
    });

    it('merges different deliveries for one job that come at once', async () => {
      const statuses = ['queued', 'in_progress', 'completed', 'queued', 'waiting'] as const;
      await Promise.all(
        statuses.map((status) => ledger.recordDelivery(aDelivery(), aReport(1, status))),
      );
      expect(await job()).toMatchObject({
        state: 'completed',
        conclusion: 'success',
        completedAt: '2026-01-01T00:05:00.000Z',
      });
    });

    it('never moves a job back', async () => {
      await record('completed', 'in_progress', 'queued');
      expect(await job()).toMatchObject({ state: 'completed', conclusion: 'success' });
    });

    it('keeps the instants that were set first', async () => {
      await record('queued');
      const later = aDelivery({ receivedAt: '2026-01-02T00:00:00.000Z' });
      await ledger.recordDelivery(later, aReport(1, 'in_progress'));
      await ledger.note(ID, { timestamps: { queued_at: '2027-01-01T00:00:00.000Z' } });
      expect((await job()).timestamps).toMatchObject({
        queued_at: '2026-01-01T00:00:00.000Z',
        webhook_received_at: '2026-01-01T00:00:01.500Z',
      });
    });

    it('walks a job through its life with what goes with each event', async () => {
      await record('queued');
      await ledger.apply(
        ID,
        { kind: 'acquired' },
        {
          placement: { runner: runnerId('x'), pool: poolName('default') },
          timestamps: { decided_at: '2026-01-01T00:00:02.000Z' },
        },
      );
      await apply({ kind: 'prepared' }, { kind: 'first-step' });
      const done = await ledger.apply(ID, { kind: 'completed', conclusion: 'failure' });
      expect(isRefused(done)).toBe(false);
      expect(await job()).toMatchObject({
        state: 'completed',
        conclusion: 'failure',
        runner: 'runner_x',
        pool: 'default',
        waiting: null,
        timestamps: { decided_at: '2026-01-01T00:00:02.000Z' },
        completedAt: expect.any(String),
        revision: 5,
      });
    });

    it('refuses what the lifecycle refuses, and jobs that it does not know', async () => {
      expect(await ledger.apply(ID, { kind: 'acquired' })).toHaveProperty('refused');
      await record('completed');
      expect(await ledger.apply(ID, { kind: 'acquired' })).toHaveProperty('refused');
    });

    it('lets one of ten parallel events win', async () => {
      await record('queued');
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => ledger.apply(ID, { kind: 'acquired' })),
      );
      expect(answers.filter((answer) => !isRefused(answer))).toHaveLength(1);
      expect(await job()).toMatchObject({ state: 'assigned', revision: 2 });
    });

    it('loses nothing of ten parallel notes', async () => {
      await record('queued');
      const names = ['decided_at', 'container_ready_at', 'runner_online_at'] as const;
      const at = '2026-01-01T00:00:03.000Z';
      await Promise.all([
        ...names.map((each) => ledger.note(ID, { timestamps: { [each]: at } })),
        ...Array.from({ length: 7 }, () => ledger.note(ID, { failureDetail: 'x' })),
      ]);
      const { timestamps, revision } = await job();
      expect(names.map((each) => timestamps[each])).toEqual([at, at, at]);
      expect(revision).toBe(11);
    });

    it('says why a queued job waits, and of no other', async () => {
      await record('queued');
      const reason = { code: 'pool-full', pool: 'default', max: 4 } as const;
      await ledger.setWaiting(ID, reason);
      await ledger.setWaiting(ID, reason);
      expect(await job()).toMatchObject({ waiting: reason, revision: 2 });
      await apply({ kind: 'acquired' });
      await ledger.setWaiting(ID, reason);
      expect((await job()).waiting).toBeNull();
    });

    it('queues a job again whose owner was lost before its first step', async () => {
      await record('queued');
      await stores.outbox.relay(10, async () => {});
      const placed = {
        placement: { runner: runnerId('x') },
        timestamps: { decided_at: '2026-01-01T00:00:02.000Z' },
      };
      await ledger.apply(ID, { kind: 'acquired' }, placed);
      await ledger.apply(ID, { kind: 'owner-lost' }, { failureDetail: 'the hub died' });
      expect(await job()).toMatchObject({
        state: 'queued',
        runner: null,
        failureDetail: null,
        timestamps: { decided_at: null, queued_at: '2026-01-01T00:00:00.000Z' },
      });
      expect(await stores.outbox.depth()).toBe(1);
    });

    it('keeps steps and outputs', async () => {
      await record('queued');
      const step = { number: 2, name: 'test', conclusion: null, outcome: null };
      const running = { ...step, startedAt: '2026-01-01T00:00:04.000Z', completedAt: null };
      await ledger.saveStep(ID, { ...running, number: 3 });
      await ledger.saveStep(ID, running);
      await ledger.saveStep(ID, { ...running, conclusion: 'success' });
      expect(await ledger.steps(ID)).toEqual([
        { ...running, conclusion: 'success' },
        { ...running, number: 3 },
      ]);
      expect(await ledger.outputs(ID)).toEqual({});
      await ledger.saveOutputs(ID, { version: '1.2' });
      expect(await ledger.outputs(ID)).toEqual({ version: '1.2' });
    });

    it('lists newest first, by state, repository and run', async () => {
      for (const id of [1, 2, 3]) {
        const change = { repository: id === 3 ? 'octo/lib' : 'octo/app', runId: id };
        await ledger.recordDelivery(aDelivery(), aReport(id, 'queued', change));
      }
      await apply({ kind: 'acquired' });
      const ids = async (filter: Partial<Parameters<JobLedger['list']>[0]>) =>
        (await ledger.list({ limit: 10, ...filter })).map(({ id }) => id);
      expect(await ids({})).toEqual(['job_3', 'job_2', 'job_1']);
      expect(await ids({ limit: 1 })).toEqual(['job_3']);
      expect(await ids({ states: ['queued'] })).toEqual(['job_3', 'job_2']);
      expect(await ids({ repository: 'octo/app' })).toEqual(['job_2', 'job_1']);
      expect(await ids({ runId: 2 })).toEqual(['job_2']);
    });

    it('finds the oldest that wait, without what GitHub holds', async () => {
      await ledger.recordDelivery(aDelivery(), aReport(1));
      await ledger.recordDelivery(aDelivery(), aReport(2));
      await ledger.recordDelivery(aDelivery(), aReport(3, 'queued', { labels: ['gpu'] }));
      await ledger.recordDelivery(aDelivery(), aReport(4, 'waiting'));
      const { board } = stores;
      expect(await board.queued(10)).toEqual(['job_1', 'job_2', 'job_3']);
      expect(await board.queued(1)).toEqual(['job_1']);
      expect(await board.countByState()).toEqual({ queued: 4 });
      await ledger.recordDelivery(aDelivery(), aReport(4, 'queued'));
      expect(await board.queued(10)).toContain('job_4');
    });

    it('hands every committed job to the queue, and again when the hand-over broke', async () => {
      await record('queued', 'in_progress');
      await ledger.recordDelivery(aDelivery(), aReport(2));
      await ledger.recordDelivery(aDelivery({ event: 'push' }), null);
      const { outbox } = stores;
      const broken = outbox.relay(10, async () => {
        throw new Error('crash');
      });
      await expect(broken).rejects.toThrow();
      const sent: string[][] = [];
      expect(await outbox.relay(10, async (jobs) => void sent.push([...jobs]))).toBe(3);
      expect(sent).toEqual([['job_1', 'job_2']]);
      expect(await outbox.relay(10, async () => {})).toBe(0);
    });

    it('gives an entry to one of two relays at once', async () => {
      for (const id of [1, 2, 3, 4]) await ledger.recordDelivery(aDelivery(), aReport(id));
      const sent: string[] = [];
      const send = async (jobs: readonly string[]) => void sent.push(...jobs);
      await Promise.all([stores.outbox.relay(2, send), stores.outbox.relay(2, send)]);
      expect(sent.sort()).toEqual(['job_1', 'job_2', 'job_3', 'job_4']);
    });

    it('wakes whoever waits for the outbox', async () => {
      const { outbox } = stores;
      const never = new AbortController().signal;
      // Whatever came before ends at most this one wait.
      await outbox.wait(500, never);
      const begunAt = performance.now();
      const woken = outbox.wait(30_000, never);
      await record('queued');
      await woken;
      // By the notice, not by the end of the wait.
      expect(performance.now() - begunAt).toBeLessThan(25_000);
      const stop = new AbortController();
      const stopped = outbox.wait(30_000, stop.signal);
      stop.abort();
      await stopped;
    });
  });
}
