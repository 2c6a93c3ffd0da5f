import type { MessageStep } from '../../contract/runner-protocol.ts';
import type { JobState } from '../job-state.ts';
import type { StepLog } from '../step-log.ts';

/** What a handler gets to run one stage of one step. */
export interface StepRun {
  readonly state: JobState;
  readonly step: MessageStep;
  readonly log: StepLog;
  /** The `env` context of the step: the job's and its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Where outputs go: the step's entry in the `steps` context, or nowhere for hidden steps. */
  readonly setOutput: (name: string, value: string) => void;
  /** A command or a file command went wrong: the step has failed whatever its exit code. */
  readonly fail: () => void;
  /** Aborted when the step must end (cancelled, timed out, shut down). */
  readonly stop: AbortSignal;
}

/** How a stage ended by itself. */
export type StageEnd = 'success' | 'failure';

/**
 * One kind of step. It logs what it does. A thrown `ExpressionFailure` or `AppError` fails the step
 * with its message, except that a lost container or engine ends the job.
 */
export type StepHandler = (run: StepRun) => Promise<StageEnd>;
