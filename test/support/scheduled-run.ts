import { parseWorkflow } from '../../src/actions/workflow-parse.ts';
import type { NeedResult } from '../../src/actions/workflow-status.ts';
import { loadWorkflowTree, type WorkflowTree } from '../../src/actions/workflow-tree.ts';
import { createAddress } from '../../src/standin/address.ts';
import { newRun } from '../../src/standin/events/new-run.ts';
import { createJobTimers } from '../../src/standin/scheduler/job-timers.ts';
import { createOffers } from '../../src/standin/scheduler/offers.ts';
import { createScheduler } from '../../src/standin/scheduler/scheduler.ts';
import { jobsOf } from '../../src/standin/scheduler/tree.ts';
import type { Job, Repository, Run, Runner } from '../../src/standin/state/model.ts';
import { createStore } from '../../src/standin/state/store.ts';
import { createTimers } from '../../src/standin/state/timers.ts';
import { createRecordingLog } from './logs.ts';

const ADDRESS = createAddress(() => ({ url: 'http://github.localhost' }));
const FOLDER = '.github/workflows/';

/** The stand-in's scheduler alone, with runners that take a job and end it as they are told. */
export class ScheduledRuns {
  now = Date.parse('2026-03-01T00:00:00Z');
  readonly heard: string[] = [];
  readonly store = createStore(this.#clock());
  readonly repository: Repository = this.store.addRepository('octo', 'demo');
  readonly scheduler;
  readonly offers;

  constructor() {
    const log = createRecordingLog();
    const clock = this.#clock();
    const { store } = this;
    const timers = createJobTimers(createTimers({ clock, log, deadlines: store.deadlines }), store);
    this.offers = createOffers({ store, clock, timers, log });
    this.scheduler = createScheduler({
      ...{ store, clock, timers, log, offers: this.offers, address: ADDRESS },
      announce: {
        job: (action, job) => void this.heard.push(`${job.leg.displayName} ${action}`),
        run: (action, run) => void this.heard.push(`run ${run.attempt} ${action}`),
        deployment: ({ environment }) => void this.heard.push(`deployment to ${environment}`),
        deploymentStatus: (_deployment, { state }) => void this.heard.push(`deployment ${state}`),
      },
    });
  }

  #clock() {
    return { now: () => this.now, sleep: () => new Promise<void>(() => undefined) };
  }

  /** Starts a run of a workflow; `files` are those that it calls, by their names. */
  async start(text: string, files: Readonly<Record<string, string>> = {}): Promise<Run> {
    const { store, repository } = this;
    const tree = await treeOf(text, files);
    const run = newRun(store, this.#clock(), ADDRESS, {
      ...{ repository, headRepository: repository, file: tree.source.file, tree, problems: [] },
      ...{ name: null, inputs: {}, payload: {}, planId: 'plan', event: 'push', title: 'Change' },
      ...{ ref: tree.source.ref, baseRef: '', sha: 'abc', headRef: 'main', headSha: 'abc' },
      ...{ actor: 'mona', jobs: null, chain: 0, pull: null, needsApproval: false },
    });
    store.runs.set(run.id, run);
    this.scheduler.start(run);
    return run;
  }

  /** The newest job of this name. */
  job(run: Run, name: string): Job {
    const job = jobsOf(run).find((each) => each.leg.displayName === name);
    if (job === undefined) throw new Error(`no job ${name}: ${jobsOf(run).map(nameOf).join(', ')}`);
    return job;
  }

  /** A runner takes the job. */
  begin(job: Job): Job {
    const runner = this.#runnerFor(job);
    this.offers.offerJobs();
    return this.scheduler.acquire(runner, job.backendId);
  }

  end(run: Run, name: string, conclusion: NeedResult = 'success', outputs = {}): void {
    this.scheduler.complete(this.begin(this.job(run, name)), conclusion, outputs);
  }

  /** What each job of the run is, or has become. */
  states(run: Run): Readonly<Record<string, string>> {
    return Object.fromEntries(
      jobsOf(run).map((job) => [job.leg.displayName, job.conclusion ?? job.status]),
    );
  }

  #runnerFor(job: Job): Runner {
    const id = this.store.nextSmallId();
    const runner: Runner = {
      ...{ id, scope: 'octo/demo', name: `runner-${id}`, groupId: 1, labels: job.leg.labels },
      ...{ clientId: `${id}`, publicKey: {}, ephemeral: true, disableUpdate: true },
      ...{ os: null, version: null, scaleSetId: null, offer: null, jobId: null },
      ...{ seenAt: this.now, mail: [] },
      session: { id: `${id}`, ownerName: '', status: 'Online', lastSeenAt: this.now },
    };
    this.store.runners.set(id, runner);
    this.offers.ready(runner);
    return runner;
  }
}

const nameOf = (job: Job): string => job.leg.displayName;

async function treeOf(
  text: string,
  files: Readonly<Record<string, string>>,
): Promise<WorkflowTree> {
  const file = `${FOLDER}ci.yml`;
  const { workflow, problems } = parseWorkflow(file, text);
  if (workflow === null) throw new Error(JSON.stringify(problems));
  const source = { repository: 'octo/demo', file, ref: 'refs/heads/main', sha: 'abc' };
  const loaded = await loadWorkflowTree(workflow, source, async (reference, from) => {
    const called = files[reference.file.slice(FOLDER.length)];
    return called === undefined
      ? null
      : { source: { ...from, file: reference.file }, text: called };
  });
  if (loaded.problems.length > 0) throw new Error(JSON.stringify(loaded.problems));
  return loaded.tree;
}
