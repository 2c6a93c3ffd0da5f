import type { PoolSize } from './pool.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DAY_NAMES: readonly string[] = WEEKDAYS;
export type Weekday = (typeof WEEKDAYS)[number];

/** A part of the week in which a pool has another size. Times are those of a clock on the wall. */
export interface PoolWindow {
  readonly days: readonly Weekday[];
  /** `HH:MM`; the window belongs to the day on which it begins. */
  readonly from: string;
  /** `HH:MM`, itself no longer inside; not later than `from`: it ends on the next day. */
  readonly to: string;
  readonly minIdle?: number | undefined;
  readonly max?: number | undefined;
}

export interface PoolSchedule {
  /** IANA name, as `Europe/Berlin`. */
  readonly timezone: string;
  readonly windows: readonly PoolWindow[];
}

/**
 * The size of a pool at an instant. Where windows overlap the largest number wins, whatever their
 * order. Windows follow the wall clock: an hour that the clock skips in spring is in no window, and
 * one that it shows twice in autumn is in its window both times.
 */
export function sizeAt(size: PoolSize, schedule: PoolSchedule | null, nowMs: number): PoolSize {
  if (schedule === null || schedule.windows.length === 0) return size;
  const wall = wallClock(schedule.timezone, nowMs);
  const open = schedule.windows.filter((window) => isOpen(window, wall));
  const largest = (numbers: (number | undefined)[], otherwise: number): number => {
    const given = numbers.filter((number) => number !== undefined);
    return given.length === 0 ? otherwise : Math.max(...given);
  };
  const max = largest(
    open.map((window) => window.max),
    size.max,
  );
  const minIdle = largest(
    open.map((window) => window.minIdle),
    size.minIdle,
  );
  return { max, minIdle: Math.min(minIdle, max) };
}

/** Whether the runtime knows the time zone. */
export function isTimezone(name: string): boolean {
  try {
    wallClock(name, 0);
    return true;
  } catch {
    return false;
  }
}

interface WallClock {
  /** 0 is Monday. */
  readonly day: number;
  readonly minute: number;
}

function wallClock(timeZone: string, nowMs: number): WallClock {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(nowMs);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  const day = DAY_NAMES.indexOf(part('weekday').toLowerCase());
  return { day, minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

function isOpen({ days, from, to }: PoolWindow, { day, minute }: WallClock): boolean {
  const begin = minuteOf(from);
  const end = minuteOf(to);
  const begunOn = (index: number): boolean => days.some((name) => name === WEEKDAYS[index % 7]);
  if (begin < end) return begunOn(day) && minute >= begin && minute < end;
  return (begunOn(day) && minute >= begin) || (begunOn(day + 6) && minute < end);
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
