import type { JobStatus } from '../actions/step-condition.ts';
import type { ReportedStep } from '../ports/job-reporter.ts';
import type { Stage, StepUse } from './step-use.ts';

/** A stage of a step of the job. */
export interface StageRecord {
  readonly kind: 'stage';
  readonly record: ReportedStep;
  readonly use: StepUse;
  readonly stage: Stage;
}

/** What such work writes to; all of it is masked. */
export interface RecordLog {
  write(text: string): void | Promise<void>;
  warning(message: string): void;
  error(message: string): void;
  debug(message: string): void;
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
  readonly work: (log: RecordLog, stop: AbortSignal) => Promise<void>;
}

/** One of the records of a job that run one after the other. */
export type JobRecord = StageRecord | RunnerRecord;
