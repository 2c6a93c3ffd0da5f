import { isAppError, messageOf } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { AcquiredJob } from '../ports/runner-protocol.ts';

export interface LeaseDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly job: Pick<AcquiredJob, 'renew'>;
  /** Called once: the run service no longer knows the job, or the lease ran out. */
  readonly onLost: (why: string) => void;
}

export interface JobLease {
  /** Ends the renewing; resolves when no renewal is under way any more. Repeatable. */
  stop(): Promise<void>;
}

/** Renews a job's lease until stopped or lost (protocol C.2). */
export function keepLease(deps: LeaseDeps, everyMs: number, lockedUntil: string): JobLease {
  const stopped = new AbortController();
  const state: LeaseState = { until: Date.parse(lockedUntil), failing: false };

  const run = async (): Promise<void> => {
    for (;;) {
      await deps.clock.sleep(everyMs, stopped.signal);
      if (stopped.signal.aborted) return;
      const lost = await renewOnce(deps, state, stopped.signal);
      if (lost === null) continue;
      deps.onLost(lost);
      return;
    }
  };
  const running = run();

  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

interface LeaseState {
  until: number;
  failing: boolean;
}

/** Why the lease is lost, or null. */
async function renewOnce(
  { job, clock, log }: LeaseDeps,
  state: LeaseState,
  stopped: AbortSignal,
): Promise<string | null> {
  try {
    state.until = Date.parse(await job.renew(stopped));
    if (state.failing) log.info('job lease renewed again');
    state.failing = false;
    return null;
  } catch (error) {
    if (stopped.aborted) return null;
    if (isAppError(error, 'job-gone')) return 'GitHub no longer knows the job';
    if (!state.failing) log.warn('job lease not renewed', { detail: messageOf(error) });
    state.failing = true;
    return clock.now() > state.until ? 'the lease of the job ran out' : null;
  }
}
