import type { JobMessage } from '../contract/runner-protocol.ts';
import type { Annotation } from '../domain/annotation.ts';
import type { ContainerUsage } from '../domain/container-usage.ts';
import type { EgressNote } from '../domain/egress.ts';
import type { FailureKind } from '../domain/job-lifecycle.ts';
import type { ActionSource } from './action-source.ts';
import type { Clock } from './clock.ts';
import type { UnitHost } from './job-containers.ts';
import type { FinishedStep, JobReporter } from './job-reporter.ts';

/** What the job learns about its runner: the `runner` context and the lines of "Set up job". */
export interface RunnerIdentity {
  readonly name: string;
  readonly groupName: string;
  /** The runner version announced to GitHub. */
  readonly version: string;
  /** Name of the machine that the hub runs on. */
  readonly machine: string;
}

export interface JobExecution {
  readonly host: UnitHost;
  readonly reporter: JobReporter;
  readonly actions: ActionSource;
  readonly clock: Clock;
  readonly runner: RunnerIdentity;
  /** A fresh guid. */
  readonly newId: () => string;
}

/** Two ways to end a job early (protocol C.5). */
export interface JobSignals {
  /** Cancelled by people or by GitHub: the step is ended, `always()` steps still run. */
  readonly cancel: AbortSignal;
  /**
   * The hub stops, or the job has used up a limit (`AppError('limit-exceeded')` as reason): the step
   * is ended, nothing further runs, the job has failed.
   */
  readonly shutdown: AbortSignal;
}

export interface JobResult {
  readonly conclusion: 'success' | 'failure' | 'cancelled';
  readonly outputs: Readonly<
    Record<string, { readonly value: string; readonly isSecret: boolean }>
  >;
  readonly steps: readonly FinishedStep[];
  /** Of the job itself; those of its steps are on the steps. */
  readonly annotations: readonly Annotation[];
  readonly environmentUrl?: string;
  /** What the job's own container has used. */
  readonly usage?: ContainerUsage;
  /** What the proxy of a limited network noted. */
  readonly egress?: readonly EgressNote[];
  /** Set where the job's own steps are not the cause of the failure. */
  readonly failure?: { readonly kind: FailureKind; readonly detail: string };
}

/**
 * Runs the steps of one acquired job in its host. A failing step is a result, not an error; what it
 * throws is a bug or a broken world, and the caller completes the job as an infrastructure failure.
 */
export type RunJob = (
  job: JobMessage,
  execution: JobExecution,
  signals: JobSignals,
) => Promise<JobResult>;
