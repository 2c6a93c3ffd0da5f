import { messageOf } from '../domain/errors.ts';
import type { JobId } from '../domain/ids.ts';
import type { JobEvent } from '../domain/job-lifecycle.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobChanges, JobLedger } from '../ports/job-ledger.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';

/**
 * What the ledger shall know of one running job. It never throws: an acquired job goes on and is
 * completed at GitHub whatever the state of our database (protocol J.13). The last entry is tried
 * for a while, and the reconciler brings in what is still missing then.
 */
export interface JobBook {
  readonly job: JobId | null;
  /**
   * Applies an event. Where GitHub's own report was faster and the event has become impossible, its
   * facts are kept all the same. Entries are made in the order of the calls.
   */
  enter(event: JobEvent, changes: JobChanges): Promise<void>;
  saveOutputs(outputs: Readonly<Record<string, string>>): Promise<void>;
}

export interface JobBookDeps {
  readonly ledger: Pick<JobLedger, 'apply' | 'note' | 'saveOutputs'>;
  readonly events: Pick<LiveEvents, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
}

const LAST_TRIES = 10;
const LAST_WAIT_MS = 2_000;

export function createJobBook(deps: JobBookDeps, job: JobId | null): JobBook {
  const tryOnce = async (what: string, call: () => Promise<unknown>): Promise<boolean> => {
    try {
      await call();
      return true;
    } catch (error) {
      deps.log.warn('ledger entry failed', { what, detail: messageOf(error) });
      return false;
    }
  };

  const enter = async (id: JobId, event: JobEvent, changes: JobChanges): Promise<void> => {
    const result = await deps.ledger.apply(id, event, changes);
    if (!isRefusal(result)) return;
    deps.log.debug('ledger refused an event', { event: event.kind, why: result.refused });
    await deps.ledger.note(id, changes);
  };

  const enterWithTries = async (id: JobId, event: JobEvent, changes: JobChanges): Promise<void> => {
    const tries = event.kind === 'completed' ? LAST_TRIES : 1;
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      if (await tryOnce(event.kind, () => enter(id, event, changes))) break;
      if (attempt < tries) await deps.clock.sleep(LAST_WAIT_MS);
    }
    deps.events.publish({ kind: 'job', job: id });
  };

  let previous: Promise<void> = Promise.resolve();
  return {
    job,
    async enter(event, changes) {
      if (job === null) return;
      previous = previous.then(() => enterWithTries(job, event, changes));
      await previous;
    },
    async saveOutputs(outputs) {
      if (job === null || Object.keys(outputs).length === 0) return;
      await tryOnce('outputs', () => deps.ledger.saveOutputs(job, outputs));
    },
  };
}

const isRefusal = (result: object): result is { refused: string } => 'refused' in result;
