import type { ClassifiedFailure, FailureCause } from './failure-kind.ts';

/** When a failed job may be run again without anybody asking. */
export interface RerunPolicy {
  readonly causes: readonly FailureCause[];
  /**
   * Whether only jobs whose steps had not begun are run again. A step may have deployed something;
   * running it twice is for its authors to allow.
   */
  readonly onlyBeforeFirstStep: boolean;
  /** Most attempts of one job, the first included. */
  readonly maxAttempts: number;
  /** Most automatic re-runs of one repository within an hour. */
  readonly maxPerHour: number;
}

/** Nothing that could have had an effect is repeated. */
export const CAREFUL_RERUNS: RerunPolicy = {
  causes: ['host-lost', 'runner-lost', 'image-pull', 'hub-stopped'],
  onlyBeforeFirstStep: true,
  maxAttempts: 2,
  maxPerHour: 10,
};

/** What has happened so far. */
export interface RerunHistory {
  /** Of the attempt that failed; 1 is the first. */
  readonly attempt: number;
  readonly hadFirstStep: boolean;
  /** When jobs of the repository were run again automatically, in milliseconds since 1970. */
  readonly rerunsOfRepository: readonly number[];
}

export type RerunDecision =
  | { readonly rerun: true }
  | { readonly rerun: false; readonly why: string };

const HOUR_MS = 60 * 60_000;

/** Whether the job is run again. A failure of code never is. */
export function decideRerun(
  failure: ClassifiedFailure,
  history: RerunHistory,
  policy: RerunPolicy,
  now: number,
): RerunDecision {
  const no = (why: string): RerunDecision => ({ rerun: false, why });
  if (failure.kind === 'code') return no('the job itself failed');
  if (!policy.causes.includes(failure.cause)) {
    return no(`jobs that fail because of ${failure.cause} are not run again`);
  }
  if (policy.onlyBeforeFirstStep && history.hadFirstStep) {
    return no('its steps had begun and may have had effects');
  }
  if (history.attempt >= policy.maxAttempts) {
    return no(`it has had ${history.attempt} of ${policy.maxAttempts} attempts`);
  }
  const lately = history.rerunsOfRepository.filter((at) => at > now - HOUR_MS).length;
  if (lately >= policy.maxPerHour) {
    return no(`its repository has had ${lately} re-runs within an hour`);
  }
  return { rerun: true };
}
