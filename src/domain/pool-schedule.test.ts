import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimezone, type PoolWindow, sizeAt, WEEKDAYS } from './pool-schedule.ts';

const size = { minIdle: 1, max: 4 };
const at = (iso: string): number => Date.parse(iso);
const office: PoolWindow = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '08:00',
  to: '18:00',
  minIdle: 5,
  max: 10,
};
const berlin = (...windows: PoolWindow[]) => ({ timezone: 'Europe/Berlin', windows });

describe('the size of a pool by the clock', () => {
  it('is that of the window, in the time of its zone', () => {
    // Monday, 29 June 2026: Berlin is two hours ahead of UTC.
    expect(sizeAt(size, berlin(office), at('2026-06-29T05:59:59Z'))).toEqual(size);
    expect(sizeAt(size, berlin(office), at('2026-06-29T06:00:00Z'))).toEqual({
      minIdle: 5,
      max: 10,
    });
    expect(sizeAt(size, berlin(office), at('2026-06-29T15:59:59Z')).max).toBe(10);
    expect(sizeAt(size, berlin(office), at('2026-06-29T16:00:00Z'))).toEqual(size);
    expect(sizeAt(size, berlin(office), at('2026-06-28T10:00:00Z'))).toEqual(size);
  });

  it('lets a night belong to the day on which it begins', () => {
    const night: PoolWindow = { days: ['fri'], from: '22:00', to: '06:00', minIdle: 0 };
    const of = (iso: string) => sizeAt(size, berlin(night), at(iso)).minIdle;
    expect(of('2026-07-03T20:00:00Z')).toBe(0);
    expect(of('2026-07-04T03:59:00Z')).toBe(0);
    expect(of('2026-07-04T04:00:00Z')).toBe(1);
    expect(of('2026-07-04T20:30:00Z')).toBe(1);
  });

  it('takes a window of a whole day where both times are the same', () => {
    const sunday: PoolWindow = { days: ['sun'], from: '00:00', to: '00:00', max: 1, minIdle: 0 };
    expect(sizeAt(size, berlin(sunday), at('2026-07-05T12:00:00Z'))).toEqual({
      minIdle: 0,
      max: 1,
    });
    expect(sizeAt(size, berlin(sunday), at('2026-07-06T12:00:00Z'))).toEqual(size);
  });

  it('skips the hour that the clock skips in spring', () => {
    const early: PoolWindow = { days: ['sun'], from: '02:15', to: '03:30', minIdle: 3 };
    const of = (iso: string) => sizeAt(size, berlin(early), at(iso)).minIdle;
    // On 29 March 2026 at 01:00 UTC clocks in Berlin go from 02:00 to 03:00.
    expect(of('2026-03-29T00:59:00Z')).toBe(1);
    expect(of('2026-03-29T01:00:00Z')).toBe(3);
    expect(of('2026-03-29T01:30:00Z')).toBe(1);
  });

  it('is open twice in the hour that the clock shows twice in autumn', () => {
    const early: PoolWindow = { days: ['sun'], from: '02:15', to: '02:45', minIdle: 3 };
    const of = (iso: string) => sizeAt(size, berlin(early), at(iso)).minIdle;
    // On 25 October 2026 at 01:00 UTC clocks in Berlin go from 03:00 back to 02:00.
    expect(['00:20', '00:50', '01:20', '01:50'].map((t) => of(`2026-10-25T${t}:00Z`))).toEqual([
      3, 1, 3, 1,
    ]);
  });

  it('never keeps more ready than it may have', () => {
    const window: PoolWindow = { days: [...WEEKDAYS], from: '00:00', to: '00:00', max: 2 };
    expect(sizeAt({ minIdle: 4, max: 4 }, berlin(window), 0)).toEqual({ minIdle: 2, max: 2 });
  });

  it('does not depend on the order of windows', () => {
    const time = fc
      .nat({ max: 1439 })
      .map(
        (m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`,
      );
    const window: fc.Arbitrary<PoolWindow> = fc.record({
      days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
      from: time,
      to: time,
      minIdle: fc.nat({ max: 9 }),
      max: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(window), fc.nat({ max: 2_000_000_000_000 }), (windows, now) => {
        const there = sizeAt(size, berlin(...windows), now);
        expect(sizeAt(size, berlin(...[...windows].reverse()), now)).toEqual(there);
        expect(there.minIdle).toBeLessThanOrEqual(there.max);
      }),
    );
  });

  it('knows IANA names and no others', () => {
    expect(isTimezone('Europe/Berlin')).toBe(true);
    expect(isTimezone('Berlin')).toBe(false);
  });
});
