import type { FinishedStep, JobReporter, ReportedStep } from '../../src/ports/job-reporter.ts';

export interface RecordingReporter extends JobReporter {
  readonly plan: ReportedStep[];
  readonly started: ReportedStep[];
  readonly finished: FinishedStep[];
  /** By the name of the step; of composite actions, those of the inner steps one after the other. */
  readonly summaries: Map<string, string>;
  /** Lines of the record with this number. */
  linesOf(number: number): string[];
  /** Everything that was ever said. */
  text(): string;
}

/** Keeps what it is told, and nothing else. */
export function createRecordingReporter(): RecordingReporter {
  const lines = new Map<number, string[]>();
  const summaries = new Map<string, { readonly name: string; readonly text: string }>();
  const reporter: RecordingReporter = {
    plan: [],
    started: [],
    finished: [],
    summaries: new Map(),
    planned: (steps) => void reporter.plan.push(...steps),
    stepStarted: (step) => void reporter.started.push(step),
    line(step, text) {
      const own = lines.get(step.number) ?? [];
      own.push(text);
      lines.set(step.number, own);
    },
    stepFinished: (step) => void reporter.finished.push(step),
    summary(step, markdown) {
      summaries.set(step.id, { name: step.name, text: Buffer.from(markdown).toString() });
      const own = [...summaries.values()].filter(({ name }) => name === step.name);
      reporter.summaries.set(step.name, own.map(({ text }) => text).join(''));
    },
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
