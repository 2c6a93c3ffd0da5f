import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JobId, jobIdOf } from '../../src/domain/ids.ts';
import type { DispatchQueue, Handled } from '../../src/ports/dispatch-queue.ts';
import { eventually } from '../support/eventually.ts';

const DONE: Handled = { done: true };

/** What every dispatch queue keeps to. `open` answers a queue on a fresh, empty store. */
export function defineDispatchQueueContract(name: string, open: () => Promise<DispatchQueue>) {
  describe(`dispatch queue: ${name}`, () => {
    let queue: DispatchQueue;
    let cleanups: (() => Promise<void>)[];

    beforeEach(async () => {
      queue = await open();
      cleanups = [() => queue.close()];
    });
    afterEach(async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    });

    const consume = async (handle: (job: JobId) => Promise<Handled>, concurrency = 1) => {
      const consumer = await queue.consume(concurrency, handle);
      cleanups.push(async () => consumer[Symbol.asyncDispose]());
      return consumer;
    };
    const countSeen = async (answer: (job: JobId, times: number) => Promise<Handled>) => {
      const seen = new Map<JobId, number>();
      await consume((job) => {
        seen.set(job, (seen.get(job) ?? 0) + 1);
        return answer(job, seen.get(job) ?? 0);
      }, 4);
      return seen;
    };

    it('hands over every job', async () => {
      const jobs = Array.from({ length: 40 }, (_, index) => jobIdOf(index + 1));
      await queue.enqueue(jobs);
      const seen = await countSeen(async () => DONE);
      await eventually(() => seen.size === 40, 'all jobs');
      expect([...seen.keys()].sort()).toEqual([...jobs].sort());
    });

    it('answers a ping and accepts nothing to enqueue', async () => {
      await queue.ping();
      await queue.enqueue([]);
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    });

    it('keeps one entry for a job that waits', async () => {
      await queue.enqueue([jobIdOf(1), jobIdOf(1)]);
      await queue.enqueue([jobIdOf(1)]);
      expect(await queue.counts()).toMatchObject({ waiting: 1, delayed: 0 });
    });

    it('takes a job again that was finished', async () => {
      const seen = await countSeen(async () => DONE);
      for (const times of [1, 2, 3]) {
        await queue.enqueue([jobIdOf(7)]);
        await eventually(() => seen.get(jobIdOf(7)) === times, `time ${times}`);
        await eventually(async () => (await queue.counts()).active === 0, 'the end of it');
      }
    });

    it('looks once more at a job that was enqueued while it was looked at', async () => {
      let letGo = () => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const seen = await countSeen(async (_, times) => {
        if (times === 1) await held;
        return DONE;
      });
      await queue.enqueue([jobIdOf(7)]);
      await eventually(() => seen.get(jobIdOf(7)) === 1, 'the first look');
      await queue.enqueue([jobIdOf(7)]);
      await queue.enqueue([jobIdOf(7)]);
      letGo();
      await eventually(() => seen.get(jobIdOf(7)) === 2, 'the second look');
      await eventually(async () => (await queue.counts()).active === 0, 'the end of it');
      expect(seen.get(jobIdOf(7))).toBe(2);
    });

    it('looks again when the handler asks for it', async () => {
      const seen = await countSeen(async (_, times) => (times < 3 ? { retryInMs: 30 } : DONE));
      await queue.enqueue([jobIdOf(7)]);
      await eventually(() => seen.get(jobIdOf(7)) === 3, 'three looks');
    });

    it('brings a delayed job forward when it is enqueued without delay', async () => {
      await queue.enqueue([jobIdOf(7)], { delayMs: 3_600_000 });
      expect(await queue.counts()).toMatchObject({ delayed: 1 });
      const seen = await countSeen(async (_, times) =>
        times === 1 ? { retryInMs: 3_600_000 } : DONE,
      );
      await queue.enqueue([jobIdOf(7)]);
      await eventually(() => seen.get(jobIdOf(7)) === 1, 'the look');
      await eventually(async () => (await queue.counts()).delayed === 1, 'the delayed entry');
      await queue.enqueue([jobIdOf(7)]);
      await eventually(() => seen.get(jobIdOf(7)) === 2, 'the look after the delay was cut');
      expect(await queue.counts()).toMatchObject({ delayed: 0 });
    });

    it('gives an entry back whose handler threw', async () => {
      const seen = await countSeen(async (_, times) => {
        if (times === 1) throw new Error('not today');
        return DONE;
      });
      await queue.enqueue([jobIdOf(7)]);
      await eventually(() => seen.get(jobIdOf(7)) === 2, 'the second try');
    });

    it('waits for handlers under way when a consumer is closed', async () => {
      let isOver = false;
      let letGo = () => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const begun = new Set<JobId>();
      const consumer = await queue.consume(1, async (job) => {
        begun.add(job);
        await held;
        isOver = true;
        return DONE;
      });
      await queue.enqueue([jobIdOf(1)]);
      await eventually(() => begun.size === 1, 'the handler');
      const closed = consumer[Symbol.asyncDispose]();
      letGo();
      await closed;
      expect(isOver).toBe(true);
    });
  });
}
