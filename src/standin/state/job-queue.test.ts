import { expect, it } from 'vitest';
import { JobQueue } from './job-queue.ts';
import type { Job } from './model.ts';

/** As much of a job as the queue looks at. */
const aJob = (id: number, labels: readonly string[]) =>
  ({ id, scaleSetId: null, leg: { labels } }) as unknown as Job;

const ids = (jobs: readonly (Job | undefined)[]) => jobs.map((job) => job?.id);

it('knows the first of each kind, and what comes after it', () => {
  const queue = new JobQueue(({ leg, scaleSetId }) => JSON.stringify([leg.labels, scaleSetId]));
  const [a, b, c] = [aJob(1, ['x']), aJob(2, ['x']), aJob(3, ['y'])];
  for (const job of [a, b, c]) queue.add(job);
  expect(ids(queue.heads())).toEqual([1, 3]);
  expect(ids(queue.takeChanged())).toEqual([1, 3]);
  expect(queue.takeChanged()).toEqual([]);
  queue.take(a);
  expect(queue.nextLike(a)?.id).toBe(2);
  expect(ids([...queue])).toEqual([1, 2, 3]);
  queue.delete(a);
  queue.delete(b);
  expect(queue.nextLike(b)).toBeUndefined();
  expect(ids(queue.heads())).toEqual([3]);
  expect(queue.size).toBe(1);
});

it('puts what came back before what is new, and nothing back that has gone', () => {
  const queue = new JobQueue(({ leg, scaleSetId }) => JSON.stringify([leg.labels, scaleSetId]));
  const [a, b] = [aJob(1, ['x']), aJob(2, ['x'])];
  queue.add(a);
  queue.add(b);
  queue.take(a);
  queue.takeChanged();
  queue.giveBack(a);
  expect(ids(queue.takeChanged())).toEqual([1]);
  queue.delete(a);
  queue.giveBack(a);
  expect(ids(queue.heads())).toEqual([2]);
});

it('follows a job that asks for other runners', () => {
  const queue = new JobQueue(({ leg, scaleSetId }) => JSON.stringify([leg.labels, scaleSetId]));
  const job = aJob(1, ['x']);
  queue.add(job);
  queue.takeChanged();
  job.scaleSetId = 7;
  queue.changed(job);
  expect(ids(queue.takeChanged())).toEqual([1]);
  expect(ids(queue.heads())).toEqual([1]);
  queue.delete(job);
  expect(queue.heads()).toEqual([]);
});
