import type { MessageStep } from '../../contract/runner-protocol.ts';
import type { StepConclusion } from '../../domain/conclusion.ts';
import type { FinishedStep } from '../../ports/job-reporter.ts';
import type { HostFile } from '../../ports/step-host.ts';
import type { JobState, Scope } from '../job-state.ts';
import type { StepLog } from '../step-log.ts';
import type { Stage, StepUse } from '../step-use.ts';

type Variables = Readonly<Record<string, string>>;

export type Save = (name: string, value: string) => void;

/** The file commands of one stage of a step (protocol G.7). */
export interface StepFiles {
  /** To be written before the process starts. */
  readonly empty: readonly HostFile[];
  /** Reads and performs them; to be called once after the process ended, however it ended. */
  process(run: StepRun, saveState: Save): Promise<void>;
}

/** What a handler gets to run one stage of one step. */
export interface StepRun {
  readonly state: JobState;
  /** What its expressions see. */
  readonly scope: Scope;
  readonly use: StepUse;
  readonly step: MessageStep;
  readonly stage: Stage;
  /**
   * How many composite actions it is inside of; 0 for a step of the job. The log and the record of an
   * inner step are those of the step of the job.
   */
  readonly depth: number;
  readonly log: StepLog;
  /** The `env` context of the step: the job's and its own. */
  readonly env: Variables;
  /** Of `env`, what the steps themselves declare: this one and the composite ones around it. */
  readonly ownEnv: Variables;
  /** Their paths are in the `github` context before anything of the stage is evaluated. */
  readonly files: StepFiles;
  /** Where outputs go: the step's entry in the `steps` context, or nowhere for hidden steps. */
  readonly setOutput: (name: string, value: string) => void;
  /** A command or a file command went wrong: the step has failed whatever its exit code. */
  readonly fail: () => void;
  /** The stage begins in earnest: from now on a post stage is owed. */
  readonly begin: () => void;
  /** Names that completejob gives to the record (protocol C.3). */
  readonly describe: (names: Pick<FinishedStep, 'type' | 'actionName' | 'ref'>) => void;
  /** Runs a step of a composite action, in its scope. */
  readonly runInner: (use: StepUse, scope: Scope) => Promise<InnerEnd>;
  /** Aborted when the step must end (cancelled, timed out, shut down). */
  readonly stop: AbortSignal;
  /**
   * Aborted when it must end with all that is inside it (timed out, shut down). A cancellation is for
   * each step inside a composite action to obey by its own condition.
   */
  readonly forced: AbortSignal;
}

/** How a step inside a composite action ended. */
export interface InnerEnd {
  readonly conclusion: StepConclusion;
  /** Its condition could not be evaluated: no step of the action follows, whatever it asks for. */
  readonly isLast: boolean;
}

/** How a stage ended by itself; `cancelled` only where an inner step of it was. */
export type StageEnd = 'success' | 'failure' | 'cancelled';

/**
 * One kind of step. It logs what it does. A thrown `ExpressionFailure` or `AppError` fails the step
 * with its message, except that a lost container or engine ends the job.
 */
export type StepHandler = (run: StepRun) => Promise<StageEnd>;
