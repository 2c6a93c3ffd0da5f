import type { ScheduleState } from '../domain/schedule-types.ts';
import type { DispatchDeps, DispatchNumbers } from './dispatch-types.ts';

/** It changes slowly, and a minute more or less decides nothing. */
const REMEMBERED_MS = 60_000;

/** Who has used which pool lately, asked for once a minute. */
export function createRecentRepositories(
  { schedule, clock }: Pick<DispatchDeps, 'schedule' | 'clock'>,
  { recentMs }: Pick<DispatchNumbers, 'recentMs'>,
): () => Promise<ScheduleState['recent']> {
  let known: ScheduleState['recent'] = new Map();
  let askedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.now();
    if (now - askedAt >= REMEMBERED_MS) {
      known = await schedule.recentRepositories(now - recentMs);
      askedAt = now;
    }
    return known;
  };
}
