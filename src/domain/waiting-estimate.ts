/** What an estimate is made from; times in milliseconds. */
export interface PaceNow {
  /** How long the newest jobs of the pool took. */
  readonly durationsMs: readonly number[];
  /** Since when the jobs run that are there now. */
  readonly runningSince: readonly number[];
  /** Most jobs at once. */
  readonly places: number;
  /** How many jobs have their turn first. */
  readonly ahead: number;
}

/** With fewer ended jobs an estimate would be a guess. */
const LEAST_SAMPLES = 5;

/**
 * When a job that waits for room in a pool will have its turn: milliseconds from now, null where there
 * is no data. Each running job is taken to go on as long as those of the newest jobs did that took at
 * least as long, and each job in line to take the middle of all.
 */
export function estimateWait(
  { durationsMs, runningSince, places, ahead }: PaceNow,
  now: number,
): number | null {
  if (durationsMs.length < LEAST_SAMPLES || places < 1) return null;
  const sorted = [...durationsMs].sort((a, b) => a - b);
  const typical = median(sorted);
  const free = runningSince.map((since) => remaining(sorted, Math.max(0, now - since)));
  while (free.length < places) free.push(0);
  // More run than the pool has places for: those in excess free no place.
  const line = free.sort((a, b) => a - b).slice(free.length - places);
  // Every full round of the line takes as long as a typical job.
  const rounds = Math.floor(ahead / places);
  return Math.round((line[ahead % places] ?? 0) + rounds * typical);
}

/** Of the durations that are longer than what has passed, the middle one, less what has passed. */
function remaining(sorted: readonly number[], passed: number): number {
  const longer = sorted.filter((duration) => duration > passed);
  // Longer than all before: nobody knows; a typical job more is as good as anything.
  return longer.length === 0 ? median(sorted) : median(longer) - passed;
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? 0;
