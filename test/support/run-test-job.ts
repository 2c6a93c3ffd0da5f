import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { noActions } from '../../src/adapters/github/action-source.ts';
import { runJob } from '../../src/executor/run-job.ts';
import type { ActionSource } from '../../src/ports/action-source.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { JobResult } from '../../src/ports/job-executor.ts';
import type { FinishedStep } from '../../src/ports/job-reporter.ts';
import type { StepHost } from '../../src/ports/step-host.ts';
import { aJobMessage, type JobSpec } from './job-message.ts';
import { createRecordingReporter, type RecordingReporter } from './recording-reporter.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await sleep(ms, undefined, { ...(signal === undefined ? {} : { signal }) }).catch(
      () => undefined,
    );
  },
};

export interface TestRun {
  readonly result: JobResult;
  readonly reporter: RecordingReporter;
  /** Lines of the n-th workflow step (1 is the first), without the header of a `run` step. */
  lines(step: number): string[];
  /** The n-th workflow step. */
  step(step: number): FinishedStep;
}

export interface RunOptions {
  readonly cancel?: AbortSignal;
  readonly shutdown?: AbortSignal;
  readonly clock?: Clock;
  readonly actions?: ActionSource;
  readonly reporter?: RecordingReporter;
}

/** Runs a job message through the real executor on a given host. */
export async function runTestJob(
  host: StepHost,
  spec: JobSpec,
  options: RunOptions = {},
): Promise<TestRun> {
  const reporter = options.reporter ?? createRecordingReporter();
  const never = new AbortController().signal;
  const result = await runJob(
    aJobMessage(spec),
    {
      host,
      reporter,
      actions: options.actions ?? noActions(),
      clock: options.clock ?? realClock,
      runner: { name: 'runner-1', groupName: 'Default', version: '2.336.0', machine: 'hub-1' },
      newId: randomUUID,
    },
    { cancel: options.cancel ?? never, shutdown: options.shutdown ?? never },
  );
  return {
    result,
    reporter,
    lines(step) {
      const all = reporter.linesOf(step + 1);
      return all.slice(all.indexOf('##[endgroup]') + 1);
    },
    step(step) {
      const found = result.steps.find(({ number }) => number === step + 1);
      if (found === undefined) throw new Error(`no step ${step}`);
      return found;
    },
  };
}
