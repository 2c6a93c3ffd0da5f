import type { Annotation } from '../domain/annotation.ts';
import type { StepConclusion } from '../domain/conclusion.ts';

/** A step as it is reported: set-up, the steps of the workflow, posts, completion (protocol G.1, E.2). */
export interface ReportedStep {
  /** The record id: the step's guid, or one made for set-up, post and completion records. */
  readonly id: string;
  /** 1-based position; posts take reserved high numbers. */
  readonly number: number;
  /** Display name, masked. */
  readonly name: string;
}

export interface FinishedStep extends ReportedStep {
  /** Before `continue-on-error` (protocol G.2). */
  readonly outcome: StepConclusion;
  /** After `continue-on-error`. */
  readonly conclusion: StepConclusion;
  readonly startedAt: string;
  readonly completedAt: string;
  readonly annotations: readonly Annotation[];
  readonly lines: number;
  /** `run` with the shell, or `node20` … with the action (protocol C.3). */
  readonly type?: string;
  readonly actionName?: string;
  readonly ref?: string;
}

export interface BlockTaken {
  /** How many lines the block had. */
  readonly lines: number;
  /** A promise asks the executor to wait (back-pressure). */
  readonly wait: void | Promise<void>;
}

/**
 * Where the executor reports to, in order, as things happen. Everything handed over is masked.
 * Reporting never fails a job: an implementation keeps trying and finally logs what it lost.
 */
export interface JobReporter {
  /** The steps that are known at the start, none of them begun. */
  planned(steps: readonly ReportedStep[]): void;
  stepStarted(step: ReportedStep, startedAt: string): void;
  /**
   * One line of a step, without line end, with markers (`##[group]`, `##[error]` …) but without
   * timestamp; `at` is its instant. A message with inner line breaks is one call (protocol E.3).
   * A returned promise asks the executor to wait (back-pressure).
   */
  line(step: ReportedStep, text: string, at: string): void | Promise<void>;
  /**
   * Many single lines of one instant at once: UTF-8 parted by LF, without a last line end, read
   * before this returns. A reporter that has it gets bulk output here instead of by `line`, which is
   * what makes logs of millions of lines affordable.
   */
  block?(step: ReportedStep, block: Buffer, at: string): BlockTaken;
  stepFinished(step: FinishedStep): void;
  /** Markdown of a step's summary, masked; inner steps of a composite action have ids of their own (G.7). */
  summary(step: ReportedStep, markdown: Uint8Array): void;
  /** Resolves when everything handed over has been delivered or given up. */
  drain(): Promise<void>;
}
