import { messageOf } from '../domain/errors.ts';
import type { FinishedStep, JobReporter, ReportedStep } from '../ports/job-reporter.ts';
import type { ResultsService } from '../ports/runner-protocol.ts';
import { createBackgroundTasks } from './background-tasks.ts';
import { type JobLogDeps, JobLogLines } from './job-log-lines.ts';
import { JobStepStates, type StepStateDeps } from './job-step-states.ts';

export type JobReportingDeps = Omit<JobLogDeps & StepStateDeps, 'results'> & {
  readonly results: ResultsService;
  /** Called when a step begins, before anything is sent. */
  readonly onStepStarted?: (step: ReportedStep, startedAt: string) => void;
};

export interface JobReporting extends JobReporter {
  /** The steps that have ended so far, in the order of their numbers. */
  finished(): readonly FinishedStep[];
  /** Ends what an executor that failed left open: begun steps failed, others were skipped. */
  abandon(at: string): void;
}

/** Hands what the executor reports to GitHub, to the ledger, to the log store and to watchers. */
export function createJobReporting(deps: JobReportingDeps): JobReporting {
  const lines = new JobLogLines(deps);
  const states = new JobStepStates(deps);
  const open = new Map<string, { readonly step: ReportedStep; startedAt: string | null }>();
  const done = new Map<string, FinishedStep>();
  const uploads = createBackgroundTasks((error) => {
    deps.log.warn('summary not delivered to github', { detail: messageOf(error) });
  });

  const stepFinished = (step: FinishedStep): void => {
    open.delete(step.id);
    done.set(step.id, step);
    lines.finishStep(step);
    states.finished(step);
  };

  return {
    planned(steps) {
      for (const step of steps) {
        open.set(step.id, { step, startedAt: null });
        states.planned(step);
      }
    },
    stepStarted(step, startedAt) {
      deps.onStepStarted?.(step, startedAt);
      open.set(step.id, { step, startedAt });
      states.started(step, startedAt);
    },
    line: (step, text, at) => lines.addMessage(step, text, at),
    block: (step, block, at) => lines.addBlock(step, block, at),
    stepFinished,
    summary: (step, markdown) => uploads.run(() => deps.results.uploadSummary(step.id, markdown)),
    async drain() {
      await Promise.all([lines.drain(), states.drain(), uploads.settled()]);
    },
    finished: () => [...done.values()].sort((left, right) => left.number - right.number),
    abandon(at) {
      for (const { step, startedAt } of [...open.values()]) {
        const ended = startedAt === null ? 'skipped' : 'failure';
        stepFinished({
          ...step,
          outcome: ended,
          conclusion: ended,
          startedAt: startedAt ?? at,
          completedAt: at,
          annotations: [],
          lines: lines.linesOf(step.id),
        });
      }
    },
  };
}
