import { describe, expect, it } from 'vitest';
import { evicted } from './cache-eviction.ts';

const DAY = 24 * 3_600_000;
const NOW = 100 * DAY;
const entry = (name: string, size: number, daysAgo: number) => ({
  name,
  size,
  usedAt: NOW - daysAgo * DAY,
});
const names = (entries: readonly { name: string }[]) => entries.map(({ name }) => name).sort();

describe('what goes out of the cache', () => {
  it('is nothing while all fits and is used', () => {
    expect(evicted([entry('a', 5, 0), entry('b', 5, 6.9)], 10, NOW)).toEqual([]);
  });
  it('is what nobody used for a week', () => {
    expect(names(evicted([entry('a', 1, 7.1), entry('b', 1, 1)], 10, NOW))).toEqual(['a']);
  });
  it('is what was used longest ago, until the rest fits', () => {
    const all = [entry('old', 4, 3), entry('new', 4, 0), entry('middle', 4, 1)];
    expect(names(evicted(all, 8, NOW))).toEqual(['old']);
    expect(names(evicted(all, 4, NOW))).toEqual(['middle', 'old']);
  });
});
