import type { FinishedStep, JobReporter, ReportedStep } from '../../src/ports/job-reporter.ts';

export interface RecordingReporter extends JobReporter {
  readonly plan: ReportedStep[];
  readonly started: ReportedStep[];
  readonly finished: FinishedStep[];
  readonly summaries: Map<string, string>;
  /** Lines of the record with this number. */
  linesOf(number: number): string[];
  /** Everything that was ever said. */
  text(): string;
}

/** Keeps what it is told, and nothing else. */
export function createRecordingReporter(): RecordingReporter {
  const lines = new Map<number, string[]>();
  const reporter: RecordingReporter = {
    plan: [],
    started: [],
    finished: [],
    summaries: new Map(),
    planned: (steps) => void reporter.plan.push(...steps),
    stepStarted: (step) => void reporter.started.push(step),
    line(step, text) {
      lines.set(step.number, [...(lines.get(step.number) ?? []), text]);
    },
    stepFinished: (step) => void reporter.finished.push(step),
    summary: (step, markdown) =>
      void reporter.summaries.set(step.name, Buffer.from(markdown).toString()),
    drain: () => Promise.resolve(),
    linesOf: (number) => lines.get(number) ?? [],
    text: () =>
      JSON.stringify([
        [...lines.values()],
        reporter.plan,
        reporter.started,
        reporter.finished,
        [...reporter.summaries],
      ]),
  };
  return reporter;
}
