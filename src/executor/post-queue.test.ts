import { describe, expect, it } from 'vitest';
import type { JobRecord } from './job-record.ts';
import { PostQueue } from './post-queue.ts';

const namesAndNumbers = (queue: PostQueue) => {
  const found: [string, number][] = [];
  for (let next = queue.next(); next !== undefined; next = queue.next()) {
    found.push([next.record.name, next.record.number]);
  }
  return found;
};

describe('the queue of posts', () => {
  const add = (queue: PostQueue, counter: { lastNumber: number }, name: string) =>
    queue.register(
      counter,
      name,
      name,
      (record): JobRecord => ({
        kind: 'runner',
        record,
        actionName: 'x',
        runsWhen: () => true,
        work: async () => undefined,
      }),
    );

  it('gives the numbers of protocol E.2: 3 records, then posts from 6 downwards, run last come first', () => {
    const counter = { lastNumber: 3 };
    const queue = new PostQueue();
    add(queue, counter, 'first');
    add(queue, counter, 'second');
    expect(namesAndNumbers(queue)).toEqual([
      ['second', 5],
      ['first', 6],
    ]);
    expect(counter.lastNumber).toBe(6);
  });

  it('never gives a number twice, though posts register while others have run', () => {
    const counter = { lastNumber: 3 };
    const queue = new PostQueue();
    add(queue, counter, 'first');
    expect(queue.next()?.record.number).toBe(6);
    add(queue, counter, 'second');
    expect(queue.next()?.record.number).toBe(5);
    expect(queue.next()).toBeUndefined();
  });
});
