import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RunnerSession } from '../ports/runner-protocol.ts';

export interface JobMessages {
  stop(): Promise<void>;
}

/** The job is ended by force this long before GitHub's own limit (protocol C.5). */
const KILL_LEAD_MS = 15_000;

/**
 * Polls as a busy runner while a job runs, since a cancellation comes no other way. `onCancel` is
 * called once; `onDeadline` when the job is still running shortly before the time that GitHub left.
 */
export function followJobMessages(
  deps: { readonly clock: Clock; readonly log: Log; readonly session: Pick<RunnerSession, 'next'> },
  jobId: string,
  onCancel: () => void,
  onDeadline: () => void,
): JobMessages {
  const done = new AbortController();
  const running: Promise<void>[] = [];

  const cancelled = async (timeoutMs: number): Promise<void> => {
    deps.log.info('job cancelled by github', { timeoutMs });
    onCancel();
    await deps.clock.sleep(timeoutMs - KILL_LEAD_MS, done.signal);
    if (!done.signal.aborted) onDeadline();
  };

  const poll = async (): Promise<void> => {
    while (!done.signal.aborted) {
      const message = await deps.session.next('Busy', done.signal);
      if (message.kind === 'cancel' && message.jobId === jobId) {
        running.push(cancelled(message.timeoutMs));
      }
    }
  };

  running.push(
    poll().catch((error: unknown) => {
      // The job goes on: its lease, not the session, is what keeps it alive.
      if (!done.signal.aborted) {
        deps.log.warn('no more messages for a running job', { detail: messageOf(error) });
      }
    }),
  );

  return {
    async stop() {
      done.abort();
      await Promise.all(running);
    },
  };
}
