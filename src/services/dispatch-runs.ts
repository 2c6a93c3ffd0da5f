import { messageOf } from '../domain/errors.ts';
import type { QueuedRow, ScheduleStore } from '../ports/schedule-store.ts';
import type { DispatchDeps } from './dispatch-types.ts';

export interface RunLookups {
  /**
   * Looks the job's run up at GitHub and saves what it says. Answers why that did not work, null when
   * it did. Jobs of one run that come together are looked up once.
   */
  lookUp(row: QueuedRow): Promise<string | null>;
}

/** So that a GitHub that does not answer is not asked by every job of a long queue. */
export function createRunLookups({
  github,
  schedule,
}: {
  github: DispatchDeps['github'];
  schedule: Pick<ScheduleStore, 'saveRun'>;
}): RunLookups {
  const underWay = new Map<string, Promise<string | null>>();

  const ask = async (repository: string, runId: number): Promise<string | null> => {
    try {
      const facts = await github.getRun(repository, runId);
      if (facts === null) return `GitHub does not know run ${runId}`;
      await schedule.saveRun(repository, runId, facts);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  };
  return {
    lookUp: ({ job: { repository }, runId }) => {
      const key = `${repository} ${runId}`;
      const known = underWay.get(key);
      if (known !== undefined) return known;
      const asked = ask(repository, runId).finally(() => underWay.delete(key));
      underWay.set(key, asked);
      return asked;
    },
  };
}
