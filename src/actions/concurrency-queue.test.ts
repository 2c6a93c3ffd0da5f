import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConcurrencyQueue, enterQueue, leaveQueue, MAX_WAITING } from './concurrency-queue.ts';

const FREE: ConcurrencyQueue<string> = { holder: null, waiting: [] };
const FREE_OF_NUMBERS: ConcurrencyQueue<number> = { holder: null, waiting: [] };
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

interface Played {
  queue: ConcurrencyQueue<number>;
  readonly alive: Set<number>;
}

/** One of those inside leaves. */
function leave(played: Played, choice: number): void {
  const left = [...played.alive][choice % Math.max(1, played.alive.size)];
  if (left === undefined) return;
  played.alive.delete(left);
  played.queue = leaveQueue(played.queue, left).queue;
}

function enter(played: Played, claim: number, wanted: ReturnType<typeof wish>): void {
  played.alive.add(claim);
  const { queue, replaced } = enterQueue(played.queue, claim, wanted);
  played.queue = queue;
  for (const gone of replaced) played.alive.delete(gone);
}

const wanted = fc.record({
  cancelInProgress: fc.boolean(),
  queue: fc.constantFrom<'single' | 'max'>('single', 'max'),
});

it('has one holder whenever somebody waits, and forgets nobody without telling', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(wanted, fc.nat({ max: 30 })), { maxLength: 60 }), (steps) => {
      const played: Played = { queue: FREE_OF_NUMBERS, alive: new Set() };
      steps.forEach((step, index) => {
        if (typeof step === 'number') leave(played, step);
        else enter(played, index, step);
        const { holder, waiting } = played.queue;
        const inside = [holder, ...waiting].filter((claim) => claim !== null);
        expect(new Set(inside)).toEqual(played.alive);
        expect(inside).toHaveLength(played.alive.size);
        expect(holder !== null || waiting.length === 0).toBe(true);
      });
    }),
  );
});
