import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';

export interface RetryPlan {
  /** Most tries, the first one included. */
  readonly tries: number;
  /** Wait between two tries, drawn evenly from this range. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every call of the official client goes through this (protocol K). */
export const CALL_RETRIES: RetryPlan = { tries: 5, fromMs: 5_000, toMs: 15_000 };
/** Before a job starts, the first renewal must not wait long (protocol C.2). */
export const RENEW_RETRIES: RetryPlan = { tries: 5, fromMs: 1_000, toMs: 10_000 };
/** Around the call retries of completejob (protocol C.3). */
export const COMPLETE_RETRIES: RetryPlan = { tries: 5, fromMs: 5_000, toMs: 5_000 };
/** Log and step updates: short, since they hold back what follows. */
export const REPORT_RETRIES: RetryPlan = { tries: 5, fromMs: 500, toMs: 3_000 };

/** Resolving and downloading actions (protocol F.1, F.2). */
export const ACTION_RETRIES: RetryPlan = { tries: 3, fromMs: 10_000, toMs: 30_000 };

export const jitter = (fromMs: number, toMs: number): number =>
  Math.round(fromMs + Math.random() * (toMs - fromMs));

/** Repeats `call` while it throws retryable errors. The last error is thrown as it came. */
export async function retrying<T>(
  clock: Clock,
  plan: RetryPlan,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const again = error instanceof AppError && error.retryable && attempt < plan.tries;
      if (!again) throw error;
    }
    await clock.sleep(jitter(plan.fromMs, plan.toMs), signal);
    if (signal?.aborted) throw new AppError('cancelled', 'cancelled between two tries');
  }
}
