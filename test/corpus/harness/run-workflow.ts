import type { Problem } from '../../../src/actions/workflow-model.ts';
import type { JobResult } from '../../../src/ports/job-executor.ts';
import { createAddress } from '../../../src/standin/address.ts';
import { createJobTimers } from '../../../src/standin/scheduler/job-timers.ts';
import { createOffers } from '../../../src/standin/scheduler/offers.ts';
import { createScheduler } from '../../../src/standin/scheduler/scheduler.ts';
import { jobsOf } from '../../../src/standin/scheduler/tree.ts';
import type { Job, Runner } from '../../../src/standin/state/model.ts';
import { createStore } from '../../../src/standin/state/store.ts';
import { createTimers } from '../../../src/standin/state/timers.ts';
import { createTestClock } from '../../support/clocks.ts';
import { createRecordingLog } from '../../support/logs.ts';
import type { RecordingReporter } from '../../support/recording-reporter.ts';
import { createRun } from './create-run.ts';
import { executeJob } from './execute-job.ts';
import type { WrittenCase } from './read-corpus.ts';
import { readTree } from './read-tree.ts';
import { addRunner, listenForCancel } from './runner.ts';
import type { Units } from './units.ts';

/** A job of the run, as far as it came. A skipped one was not executed. */
export interface RanJob {
  readonly job: Job;
  readonly result?: JobResult;
  readonly reporter?: RecordingReporter;
}

export type RanWorkflow =
  | { readonly problems: readonly Problem[] }
  | { readonly conclusion: string; readonly jobs: readonly RanJob[] };

const ADDRESS = createAddress(() => ({ url: 'http://github.localhost' }));
/** Well below the ten minutes after which a job counts as lost, however short a minute is. */
const RENEW_MS = 1_000;

/**
 * Runs a workflow as GitHub would: the stand-in's scheduler decides which jobs there are and when, and
 * every job it offers is taken by a runner of its own and executed in a fresh container.
 */
export async function runWorkflow(written: WrittenCase, units: Units): Promise<RanWorkflow> {
  const { tree, problems } = await readTree(written);
  if (tree === null) return { problems };
  const clock = createTestClock(60 / written.given.minute);
  const store = createStore(clock);
  const log = createRecordingLog();
  const running = createTimers({ clock, log, deadlines: store.deadlines });
  const timers = createJobTimers(running, store);
  const offers = createOffers({ store, clock, timers, log });
  let end: () => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const over = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const ran = new Map<Job, RanJob>();
  const scheduler = createScheduler({
    ...{ store, clock, timers, offers, log, address: ADDRESS },
    announce: {
      job(action, job) {
        if (action !== 'queued') return;
        offers.ready(addRunner(store, job, (runner) => void take(runner).catch(fail)));
      },
      run: (action) => action === 'completed' && end(),
      deployment: () => undefined,
      deploymentStatus: () => undefined,
    },
  });

  async function take(runner: Runner): Promise<void> {
    const offered = store.jobs.get(runner.offer?.jobId ?? 0);
    if (offered === undefined) return;
    const unit = await units.take();
    const job = scheduler.acquire(runner, offered.backendId);
    const lease = setInterval(() => scheduler.renew(job), RENEW_MS);
    const cancel = listenForCancel(runner, job);
    try {
      const { given } = written;
      const onLine = (text: string) => text === given.cancelAt && scheduler.cancelRun(job.run);
      const { result, reporter } = await executeJob(store, job, given, {
        ...{ address: ADDRESS, unit, clock, cancel, onLine },
      });
      ran.set(job, { job, result, reporter });
      const outputs = Object.entries(result.outputs).map(([name, { value }]) => [name, value]);
      clearInterval(lease);
      if (job.status === 'in_progress')
        scheduler.complete(job, result.conclusion, Object.fromEntries(outputs));
    } finally {
      clearInterval(lease);
    }
  }

  const run = createRun({ store, clock, address: ADDRESS }, tree, written.given);
  running.start();
  scheduler.start(run);
  try {
    await over;
  } finally {
    running.stop();
  }
  const jobs = jobsOf(run);
  return { conclusion: run.conclusion ?? '', jobs: jobs.map((job) => ran.get(job) ?? { job }) };
}
