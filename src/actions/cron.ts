/** One field of a cron expression: the values at which it holds, and whether it holds at all of them. */
interface Field {
  readonly values: ReadonlySet<number>;
  readonly isAny: boolean;
}

/** The five fields of POSIX cron, as `on.schedule` takes them. */
export interface Cron {
  readonly minutes: Field;
  readonly hours: Field;
  readonly days: Field;
  readonly months: Field;
  /** 0 is Sunday. */
  readonly weekdays: Field;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

/** GitHub runs a schedule no more often than this. */
const LEAST_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
/** The 29th of February comes within eight years, also around 2100. */
const MAX_DAYS = 9 * 366;

/** Reads an expression; null for one that is none. */
export function parseCron(text: string): Cron | null {
  const parts = text.trim().split(/ +/);
  if (parts.length !== 5) return null;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts;
  const minutes = parseField(minute, { from: 0, to: 59 });
  const hours = parseField(hour, { from: 0, to: 23 });
  const days = parseField(day, { from: 1, to: 31 });
  const months = parseField(month, { from: 1, to: 12, names: MONTHS });
  const weekdays = parseField(weekday, { from: 0, to: 6, names: WEEKDAYS });
  if (!minutes || !hours || !days || !months || !weekdays) return null;
  return { minutes, hours, days, months, weekdays };
}

function parseField(text: string, range: Range): Field | null {
  const lists = text.split(',').map((part) => parsePart(part, range));
  if (lists.some((list) => list === null)) return null;
  return {
    values: new Set(lists.flatMap((list) => list ?? [])),
    isAny: text.startsWith('*'),
  };
}

/** `*`, `5`, `1-5`, each with `/n` behind it; `5/n` goes on to the end. */
function parsePart(part: string, range: Range): readonly number[] | null {
  const [span = '', step, ...more] = part.split('/');
  const every = step === undefined ? 1 : Number(step);
  if (more.length > 0 || !Number.isInteger(every) || every < 1) return null;
  const bounds = parseSpan(span, step !== undefined, range);
  if (bounds === null) return null;
  const [from, to] = bounds;
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, n) => from + n * every);
}

function parseSpan(span: string, isOpen: boolean, range: Range): readonly [number, number] | null {
  if (span === '*') return [range.from, range.to];
  const [first = '', last, ...more] = span.split('-');
  const from = readValue(first, range);
  const to = last === undefined ? (isOpen ? range.to : from) : readValue(last, range);
  if (more.length > 0 || from === null || to === null || from > to) return null;
  return [from, to];
}

function readValue(text: string, { from, to, names }: Range): number | null {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + from;
  const value = Number(text);
  return /^\d+$/.test(text) && value >= from && value <= to ? value : null;
}

/** Where the day of the month and the day of the week are both restricted, either is enough. */
function holdsOn({ days, months, weekdays }: Cron, date: Date): boolean {
  if (!months.values.has(date.getUTCMonth() + 1)) return false;
  const isDay = days.values.has(date.getUTCDate());
  const isWeekday = weekdays.values.has(date.getUTCDay());
  return days.isAny || weekdays.isAny ? isDay && isWeekday : isDay || isWeekday;
}

/**
 * The next instant after `after` at which a schedule runs, in milliseconds since the epoch; null when
 * there is none. Times are those of `timezone`, which `offsetAt` tells in milliseconds east of UTC.
 */
export function nextTime(
  cron: Cron,
  after: number,
  offsetAt: (instant: number) => number = () => 0,
): number | null {
  const startOfDay = Math.floor((after + offsetAt(after)) / DAY_MS) * DAY_MS;
  for (let day = 0; day < MAX_DAYS; day += 1) {
    const wall = startOfDay + day * DAY_MS;
    if (!holdsOn(cron, new Date(wall))) continue;
    for (const instant of timesOfDay(cron, wall, offsetAt)) if (instant > after) return instant;
  }
  return null;
}

function timesOfDay(
  { hours, minutes }: Cron,
  day: number,
  offsetAt: (instant: number) => number,
): readonly number[] {
  const instants = [...hours.values].flatMap((hour) =>
    [...minutes.values].map((minute) => {
      const wall = day + (hour * 60 + minute) * MINUTE_MS;
      const guess = wall - offsetAt(wall);
      return wall - offsetAt(guess);
    }),
  );
  return instants.sort((a, b) => a - b);
}

/** The run after the one at `last`: not before five minutes have passed. */
export const nextRun = (
  cron: Cron,
  last: number,
  offsetAt?: (instant: number) => number,
): number | null => nextTime(cron, last + LEAST_MS - 1, offsetAt);
