import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StandinClock } from '../dependencies.ts';
import { createDueQueue } from './due-queue.ts';
import { createTimers } from './timers.ts';

const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** A clock that moves by hand, with one sleeper. */
function handClock() {
  let time = 1_000;
  let sleeper = { dueAt: 0, wake: () => {} };
  const clock: StandinClock = {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleeper = { dueAt: time + ms, wake: resolve };
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    clock,
    async moveTo(at: number) {
      time = at;
      if (sleeper.dueAt <= time) sleeper.wake();
      await turn();
    },
  };
}

function scene(deadlines = new Map<string, number>()) {
  const { clock, moveTo } = handClock();
  const errors: string[] = [];
  const log = { ...silent, error: (text: string) => void errors.push(text) };
  const timers = createTimers({ clock, log, deadlines });
  const fired: string[] = [];
  timers.on('lease', (id) => fired.push(`lease ${id}`));
  timers.on('broken', () => {
    throw new Error('no');
  });
  return { timers, fired, errors, deadlines, moveTo };
}

describe('timers', () => {
  it('fire in the order of their deadlines, and once', async () => {
    const { timers, fired, deadlines, moveTo } = scene();
    timers.start();
    timers.set('lease', 1, 300);
    timers.set('lease', 2, 100);
    timers.set('lease', 3, 200);
    timers.clear('lease', 3);
    await moveTo(1_099);
    expect(fired).toEqual([]);
    await moveTo(9_000);
    expect(fired).toEqual(['lease 2', 'lease 1']);
    expect(deadlines.size).toBe(0);
  });
  it('a deadline that is set again counts from then on', async () => {
    const { timers, fired, moveTo } = scene();
    timers.start();
    timers.set('lease', 1, 100);
    timers.set('lease', 1, 500);
    await moveTo(1_100);
    expect(fired).toEqual([]);
    await moveTo(1_500);
    expect(fired).toEqual(['lease 1']);
  });
  it('take up what an earlier process left, what is overdue at once', async () => {
    const { timers, fired, moveTo } = scene(
      new Map([
        ['lease:7', 500],
        ['lease:8', 2_000],
      ]),
    );
    timers.start();
    await moveTo(1_001);
    expect(fired).toEqual(['lease 7']);
    await moveTo(2_000);
    expect(fired).toEqual(['lease 7', 'lease 8']);
  });
  it('one whose action fails keeps none of the others from firing', async () => {
    const { timers, fired, errors, moveTo } = scene();
    timers.start();
    timers.set('broken', 1, 1);
    timers.set('lease', 1, 2);
    await moveTo(1_002);
    expect(fired).toEqual(['lease 1']);
    expect(errors).toEqual(['timer failed']);
  });
  it('of a kind without an action are refused, and of one with two', () => {
    const { timers } = scene();
    expect(() => timers.set('unknown', 1, 1)).toThrow(/no action/);
    expect(() => timers.on('lease', () => {})).toThrow(/already/);
  });
});

describe('the queue of deadlines', () => {
  it('gives them in order, whatever was pushed, moved and cleared', () => {
    const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.nat(1000)), {
      maxLength: 5000,
      size: 'max',
    });
    fc.assert(
      fc.property(changes, (list) => {
        const wanted = new Map<string, number>();
        const queue = createDueQueue((key) => wanted.get(key));
        for (const [key, at] of list) {
          if (at < 300) wanted.delete(String(key));
          else {
            wanted.set(String(key), at);
            queue.push({ key: String(key), at });
          }
        }
        const order: number[] = [];
        for (let next = queue.peek(); next !== null; next = queue.peek()) {
          order.push(next.at);
          wanted.delete(next.key);
        }
        expect(wanted.size).toBe(0);
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });
});
