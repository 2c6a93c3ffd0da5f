import { ExpressionFailure } from '../actions/expressions.ts';
import { isAppError } from '../domain/errors.ts';
import type { JobSignals } from '../ports/job-executor.ts';
import type { JobState } from './job-state.ts';

export type StopReason = 'cancel' | 'shutdown' | 'timeout';

/** What a log says of work that did not end by itself. */
export const CANCELLED = 'The operation was canceled.';

const SHUTDOWN =
  'The runner has received a shutdown signal: RunnerHub is stopping, so this job cannot go on.';

/** Longest wait that a timer can be set to. */
const MAX_TIMER_MS = 2_147_483_647;

/** Brings the job's status up to date with its signals (protocol C.5, G.2). Repeatable. */
export function noteSignals(state: JobState, { cancel, shutdown }: JobSignals): void {
  if (shutdown.aborted && state.failure === undefined) {
    state.failure = failureOf(shutdown.reason);
    state.status = 'failure';
    state.annotations.push({ level: 'failure', message: state.failure.detail });
  } else if (cancel.aborted && state.failure === undefined) {
    state.status = 'cancelled';
  }
}

const failureOf = (reason: unknown): NonNullable<JobState['failure']> =>
  isAppError(reason, 'limit-exceeded')
    ? { kind: 'limit', detail: reason.message }
    : { kind: 'shutdown', detail: SHUTDOWN };

export interface StopWatch {
  /** Aborted when the step has to end. */
  readonly signal: AbortSignal;
  /** Aborted when that is for its time limit or a shutdown, which no step inside it may outlive. */
  readonly forced: AbortSignal;
  /** Why, or null while it may go on. */
  reason(): StopReason | null;
  dispose(): void;
}

/**
 * Ends a running step at its time limit, at a shutdown, and at a cancellation unless its condition
 * still holds for a cancelled job. A job that was cancelled before the step began does not end it.
 */
export function watchStop(
  state: JobState,
  signals: JobSignals,
  step: { readonly minutes: number; readonly staysAllowed: () => boolean },
): StopWatch {
  const { clock } = state.execution;
  const ending = new AbortController();
  const forced = new AbortController();
  const timer = new AbortController();
  let reason: StopReason | null = null;
  const end = (why: StopReason) => {
    reason ??= why;
    ending.abort();
    if (why !== 'cancel') forced.abort();
  };
  const onCancel = () => {
    noteSignals(state, signals);
    if (!holds(step.staysAllowed)) end('cancel');
  };
  const onShutdown = () => {
    noteSignals(state, signals);
    end('shutdown');
  };
  if (!signals.cancel.aborted) signals.cancel.addEventListener('abort', onCancel, { once: true });
  signals.shutdown.addEventListener('abort', onShutdown, { once: true });
  if (signals.shutdown.aborted) onShutdown();
  if (step.minutes > 0) {
    const ms = Math.min(step.minutes * 60_000, MAX_TIMER_MS);
    void clock.sleep(ms, timer.signal).then(() => timer.signal.aborted || end('timeout'));
  }
  return {
    signal: ending.signal,
    forced: forced.signal,
    reason: () => reason,
    dispose() {
      timer.abort();
      signals.cancel.removeEventListener('abort', onCancel);
      signals.shutdown.removeEventListener('abort', onShutdown);
    },
  };
}

/** A condition that cannot be evaluated does not keep a step alive. */
function holds(condition: () => boolean): boolean {
  try {
    return condition();
  } catch (error) {
    if (error instanceof ExpressionFailure) return false;
    throw error;
  }
}
