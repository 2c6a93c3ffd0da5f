import type { StepConclusion } from '../domain/conclusion.ts';
import type { JobSignals } from '../ports/job-executor.ts';
import type { StepRun } from './handlers/handler.ts';
import type { Scope } from './job-state.ts';
import type { StepEnv } from './step-env.ts';
import type { StepLog } from './step-log.ts';
import type { Stage, StepUse } from './step-use.ts';

/** A stage that is about to be tried: of a step of the job, or of one inside a composite action. */
export interface Attempt {
  readonly scope: Scope;
  readonly use: StepUse;
  readonly stage: Stage;
  readonly log: StepLog;
  readonly env: StepEnv;
  readonly signals: JobSignals;
  /** The run of the composite action around it. */
  readonly outer: StepRun | null;
  readonly begin: StepRun['begin'];
  readonly describe: StepRun['describe'];
}

export interface AttemptEnd {
  readonly outcome: StepConclusion;
  readonly conclusion: StepConclusion;
  /** Its condition could not be evaluated. */
  readonly isUnclear?: boolean;
}
