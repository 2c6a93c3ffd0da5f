import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConcurrencyQueue, enterQueue, leaveQueue, MAX_WAITING } from './concurrency-queue.ts';

const FREE: ConcurrencyQueue<string> = { holder: null, waiting: [] };
const BUSY: ConcurrencyQueue<string> = { holder: 'a', waiting: ['b'] };
const wish = (cancelInProgress = false, queue: 'single' | 'max' = 'single') => ({
  cancelInProgress,
  queue,
});

describe('a concurrency group', () => {
  it('is taken by the first who comes', () => {
    expect(enterQueue(FREE, 'a', wish())).toEqual({
      queue: { holder: 'a', waiting: [] },
      replaced: [],
      interrupted: null,
    });
  });
  it('lets one wait, the newest', () => {
    expect(enterQueue(BUSY, 'c', wish())).toEqual({
      queue: { holder: 'a', waiting: ['c'] },
      replaced: ['b'],
      interrupted: null,
    });
  });
  it('is left by whoever holds it only when that one has ended', () => {
    expect(enterQueue(BUSY, 'c', wish(true))).toEqual({
      queue: { holder: 'a', waiting: ['c'] },
      replaced: ['b'],
      interrupted: 'a',
    });
  });
  it('with queue: max lets a hundred wait in order, and turns away those after them', () => {
    let queue = BUSY;
    for (let n = 2; n <= MAX_WAITING; n += 1) {
      queue = enterQueue(queue, `c${n}`, wish(false, 'max')).queue;
    }
    expect(queue.waiting).toHaveLength(MAX_WAITING);
    expect(queue.waiting[0]).toBe('b');
    expect(enterQueue(queue, 'late', wish(false, 'max'))).toEqual({
      queue,
      replaced: ['late'],
      interrupted: null,
    });
  });
  it('goes to the next in line', () => {
    expect(leaveQueue(BUSY, 'a')).toEqual({ queue: { holder: 'b', waiting: [] }, started: 'b' });
    expect(leaveQueue(BUSY, 'b')).toEqual({ queue: { holder: 'a', waiting: [] }, started: null });
    expect(leaveQueue(BUSY, 'stranger')).toEqual({ queue: BUSY, started: null });
  });
});

const step = fc.oneof(
  fc.record({ cancelInProgress: fc.boolean(), queue: fc.constantFrom('single', 'max') }),
  fc.nat({ max: 30 }),
);

it('has one holder whenever somebody waits, and forgets nobody without telling', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let queue: ConcurrencyQueue<number> = { holder: null, waiting: [] };
      const alive = new Set<number>();
      let next = 0;
      for (const each of steps) {
        if (typeof each === 'number') {
          const left = [...alive][each % Math.max(1, alive.size)];
          if (left === undefined) continue;
          alive.delete(left);
          queue = leaveQueue(queue, left).queue;
        } else {
          next += 1;
          alive.add(next);
          const entered = enterQueue(queue, next, each as ReturnType<typeof wish>);
          queue = entered.queue;
          for (const gone of entered.replaced) alive.delete(gone);
        }
        const inside = [queue.holder, ...queue.waiting].filter((claim) => claim !== null);
        expect(new Set(inside)).toEqual(alive);
        expect(inside).toHaveLength(alive.size);
        if (queue.waiting.length > 0) expect(queue.holder).not.toBeNull();
      }
    }),
  );
});
