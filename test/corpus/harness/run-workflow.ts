import { randomUUID } from 'node:crypto';
import type { Value } from '../../../src/actions/expressions.ts';
import { resolveInputs } from '../../../src/actions/workflow-inputs.ts';
import type { Problem, Workflow } from '../../../src/actions/workflow-model.ts';
import { parseWorkflow } from '../../../src/actions/workflow-parse.ts';
import type { JobResult } from '../../../src/ports/job-executor.ts';
import { createAddress } from '../../../src/standin/address.ts';
import { newRun } from '../../../src/standin/events/new-run.ts';
import {
  dispatchPayload,
  otherPayload,
  pushPayload,
} from '../../../src/standin/events/payloads.ts';
import { createOffers } from '../../../src/standin/scheduler/offers.ts';
import { createScheduler } from '../../../src/standin/scheduler/scheduler.ts';
import type { Job, Repository, Run, Runner } from '../../../src/standin/state/model.ts';
import { createStore, type Store } from '../../../src/standin/state/store.ts';
import { createTimers } from '../../../src/standin/state/timers.ts';
import { createTestClock } from '../../support/clocks.ts';
import { createRecordingLog } from '../../support/logs.ts';
import type { RecordingReporter } from '../../support/recording-reporter.ts';
import { executeJob } from './execute-job.ts';
import type { WrittenCase } from './read-corpus.ts';
import type { Units } from './units.ts';

/** A job of the run, as far as it came. A skipped one was not executed. */
export interface RanJob {
  readonly job: Job;
  result?: JobResult;
  reporter?: RecordingReporter;
}

export type RanWorkflow =
  | { readonly problems: readonly Problem[] }
  | { readonly conclusion: string; readonly jobs: readonly RanJob[] };

const FILE = '.github/workflows/ci.yml';
const SHA = 'b8d1e6523d9961079ec9dc634035b8960498bf1b';
const BEFORE = '1c002dd4b536e7479fe34593e72e6c6c1819e53b';
const ADDRESS = createAddress(() => ({ url: 'http://github.localhost' }));
/** Well below the ten minutes after which a job counts as lost, however short a minute is. */
const RENEW_MS = 1_000;

/**
 * Runs a workflow as GitHub would: the stand-in's scheduler decides which jobs there are and when, and
 * every job it offers is taken by a runner of its own and executed in a fresh container.
 */
export async function runWorkflow(written: WrittenCase, units: Units): Promise<RanWorkflow> {
  const { workflow, problems } = parseWorkflow(FILE, written.workflow);
  if (workflow === null) return { problems };
  const clock = createTestClock(60 / written.given.minute);
  const store = createStore(clock);
  const repository = store.addRepository('octo', 'demo');
  fillRepository(repository, written, clock.now());
  const timers = createTimers(clock);
  const log = createRecordingLog();
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
        if (action === 'queued') addRunner(store, job, (runner) => void take(runner).catch(fail));
      },
      run: (action) => action === 'completed' && end(),
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
      const { result, reporter } = await executeJob(job, given, {
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

  const run = startRun(store, repository, workflow, written, clock);
  scheduler.start(run);
  try {
    await over;
  } finally {
    timers.stop();
  }
  const jobs = [...run.groups.values()].flatMap((group) => group.jobs);
  return { conclusion: run.conclusion ?? '', jobs: jobs.map((job) => ran.get(job) ?? { job }) };
}

function fillRepository(repository: Repository, { given }: WrittenCase, now: number): void {
  for (const [name, value] of Object.entries(given.secrets)) {
    repository.secrets.set(name.toUpperCase(), value);
  }
  for (const [name, value] of Object.entries(given.vars)) {
    repository.variables.set(name, { name, value, createdAt: now, updatedAt: now });
  }
}

function startRun(
  store: Store,
  repository: Repository,
  workflow: Workflow,
  { given }: WrittenCase,
  clock: { now(): number },
): Run {
  const { event, ref } = given;
  const inputs = resolveInputs(workflow.dispatchInputs, given.inputs);
  if ('refused' in inputs) throw new Error(inputs.refused);
  const isPull = event.startsWith('pull_request');
  const run = newRun(store, { ...clock, sleep: async () => undefined }, ADDRESS, {
    ...{ repository, workflow, event, ref, file: FILE, problems: [], jobs: null },
    inputs: event === 'workflow_dispatch' ? inputs.typed : {},
    payload: { ...payloadOf(repository, given, inputs.texts), ...(given.payload as Payload) },
    planId: randomUUID(),
    baseRef: isPull ? 'main' : '',
    headRef: isPull ? 'topic' : 'main',
    sha: SHA,
    title: 'A commit',
  });
  store.runs.set(run.id, run);
  return run;
}

type Payload = Readonly<Record<string, Value>>;

function payloadOf(
  repository: Repository,
  { event, ref }: WrittenCase['given'],
  inputs: Readonly<Record<string, string>>,
): Payload {
  const commit = {
    sha: SHA,
    message: 'A commit',
    authorName: 'Mona',
    authorEmail: 'mona@example.com',
    at: '2024-05-06T07:08:09Z',
  };
  switch (event) {
    case 'push':
      return pushPayload(
        repository,
        { ref, before: BEFORE, after: SHA, commits: [commit] },
        ADDRESS,
      );
    case 'workflow_dispatch':
      return dispatchPayload(repository, ref, FILE, inputs, ADDRESS);
    default:
      return otherPayload(repository, {}, ADDRESS);
  }
}

/** A runner whose open poll ends when there is a job for it. */
function addRunner(store: Store, job: Job, onOffer: (runner: Runner) => void): void {
  const id = store.nextSmallId();
  const poll = new AbortController();
  const runner: Runner = {
    id,
    scope: 'octo/demo',
    name: 'runner-1',
    groupId: 1,
    labels: job.leg.labels,
    clientId: randomUUID(),
    publicKey: undefined as never,
    session: {
      id: randomUUID(),
      ownerName: 'corpus',
      status: 'Online',
      lastSeenAt: Date.now(),
      poll,
    },
    offer: null,
    jobId: null,
  };
  store.runners.set(id, runner);
  poll.signal.addEventListener('abort', () => queueMicrotask(() => onOffer(runner)));
}

/** The runner's next poll, which a cancellation ends. */
function listenForCancel(runner: Runner, job: Job): AbortSignal {
  const cancel = new AbortController();
  const poll = new AbortController();
  poll.signal.addEventListener('abort', () => {
    if (job.cancellation !== null) cancel.abort();
  });
  if (runner.session !== null) runner.session.poll = poll;
  return cancel.signal;
}
