import type { CacheEntry } from '../state/model.ts';

/** An entry that nobody has read for so long is removed (GitHub's limits of the cache). */
const UNUSED_MS = 7 * 24 * 3_600_000;

type Entry = Pick<CacheEntry, 'size' | 'usedAt'>;

/**
 * Which complete entries of a repository have to go: those that nobody used for a week, and of the
 * others the ones used longest ago, until the rest fits into `limit` bytes.
 */
export function evicted<Each extends Entry>(
  entries: readonly Each[],
  limit: number,
  now: number,
): readonly Each[] {
  const lastUsedFirst = [...entries].sort((one, other) => other.usedAt - one.usedAt);
  let total = 0;
  return lastUsedFirst.filter(({ size, usedAt }) => {
    if (now - usedAt > UNUSED_MS) return true;
    total += size;
    return total > limit;
  });
}
