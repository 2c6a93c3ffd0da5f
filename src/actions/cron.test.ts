import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRun, nextTime, parseCron } from './cron.ts';

const at = (text: string): number => Date.parse(text);
const next = (cron: string, after: string, hoursEast = 0): string => {
  const parsed = parseCron(cron);
  if (parsed === null) throw new Error(`no cron: ${cron}`);
  const time = nextTime(parsed, at(after), () => hoursEast * 3_600_000);
  return time === null ? 'never' : new Date(time).toISOString().slice(0, 16);
};

describe('nextTime', () => {
  it.each([
    ['30 5 * * *', '2026-01-01T05:29:59Z', '2026-01-01T05:30'],
    ['30 5 * * *', '2026-01-01T05:30:00Z', '2026-01-02T05:30'],
    ['*/15 * * * *', '2026-01-01T10:46:00Z', '2026-01-01T11:00'],
    ['5/20 * * * *', '2026-01-01T10:06:00Z', '2026-01-01T10:25'],
    ['0 0 * * MON-FRI', '2026-01-02T00:00:00Z', '2026-01-05T00:00'],
    ['0 0 1,15 * *', '2026-01-02T00:00:00Z', '2026-01-15T00:00'],
    ['0 0 31 * *', '2026-02-01T00:00:00Z', '2026-03-31T00:00'],
    ['0 0 29 FEB *', '2097-01-01T00:00:00Z', '2104-02-29T00:00'],
    ['0 0 13 * 5', '2026-01-01T00:00:00Z', '2026-01-02T00:00'],
    ['0 0 */2 * 1', '2026-01-01T00:00:00Z', '2026-01-05T00:00'],
    ['0 0 30 2 *', '2026-01-01T00:00:00Z', 'never'],
  ])('%s after %s', (cron, after, expected) => {
    expect(next(cron, after)).toBe(expected);
  });
  it('counts in the time zone of the schedule', () => {
    expect(next('0 9 * * *', '2026-01-01T00:00:00Z', 9)).toBe('2026-01-02T00:00');
    expect(next('0 9 * * *', '2026-01-01T12:00:00Z', -8)).toBe('2026-01-01T17:00');
  });
  it('is later than the time before, and holds', () => {
    const instant = fc.integer({ min: 0, max: at('2090-01-01T00:00:00Z') });
    fc.assert(
      fc.property(instant, fc.nat(59), fc.nat(23), (after, minute, hour) => {
        const cron = parseCron(`${minute} ${hour} * * *`);
        const time = cron === null ? null : nextTime(cron, after);
        expect(time).toBeGreaterThan(after);
        expect((time ?? 0) - after).toBeLessThanOrEqual(24 * 3_600_000);
        const date = new Date(time ?? 0);
        expect([date.getUTCMinutes(), date.getUTCHours()]).toEqual([minute, hour]);
      }),
    );
  });
});

it('runs no more often than every five minutes', () => {
  const cron = parseCron('* * * * *');
  const last = at('2026-01-01T10:00:00Z');
  expect(cron && nextRun(cron, last)).toBe(at('2026-01-01T10:05:00Z'));
});

it.each([
  '',
  '* * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 7',
  '5-1 * * * *',
  '*/0 * * * *',
  '1- * * * *',
  '@daily',
  'a * * * *',
])('refuses %j', (text) => {
  expect(parseCron(text)).toBeNull();
});
