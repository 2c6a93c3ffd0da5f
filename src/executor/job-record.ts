import type { JobStatus } from '../actions/step-condition.ts';
import type { ReportedStep } from '../ports/job-reporter.ts';
import type { StepLog } from './step-log.ts';
import type { Stage, StepUse } from './step-use.ts';

/** A stage of a step of the job. */
export interface StageRecord {
  readonly kind: 'stage';
  readonly record: ReportedStep;
  readonly use: StepUse;
  readonly stage: Stage;
}

/** Work of the runner's own between the steps, such as starting containers. */
export interface RunnerRecord {
  readonly kind: 'runner';
  readonly record: ReportedStep;
  /** Name that completejob gives it (protocol C.3). */
  readonly actionName: string;
  /** Whether it runs in a job of this status. */
  readonly runsWhen: (status: JobStatus) => boolean;
  /** Throws with a message for the user when it fails. `stop` ends long work. */
  readonly work: (log: StepLog, stop: AbortSignal) => Promise<void>;
}

/** One of the records of a job that run one after the other. */
export type JobRecord = StageRecord | RunnerRecord;
