import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { jobMessage } from '../../src/contract/runner-protocol.ts';
import { AppError } from '../../src/domain/errors.ts';
import { containerId, hostName, instanceId, jobIdOf, poolName } from '../../src/domain/ids.ts';
import type { RunJob } from '../../src/ports/job-executor.ts';
import type {
  AcquiredJob,
  ResultsService,
  RunnerMessage,
  RunnerSession,
} from '../../src/ports/runner-protocol.ts';
import type { StepHost } from '../../src/ports/step-host.ts';
import { createProxyRunners, type ProxyRunners } from '../../src/services/proxy-runner.ts';
import type { ProxyRunnerDeps, ProxyRunnerNumbers } from '../../src/services/proxy-runner-types.ts';
import type { RunnerOrder } from '../../src/services/runner-order.ts';
import { createTicketSealer } from '../../src/services/ticket.ts';
import { createTestClock } from './clocks.ts';
import { eventually } from './eventually.ts';
import { createRecordingLog, type RecordingLog } from './logs.ts';
import {
  aJob,
  createMemoryEvents,
  createMemoryLedger,
  createMemoryLogs,
  createMemoryRunners,
  type MemoryEvents,
  type MemoryLedger,
  type MemoryRunners,
} from './memory-ports.ts';

export const WANTED = jobIdOf(4711);

export const anOrder: RunnerOrder = {
  pool: poolName('small'),
  scope: 'octo/demo',
  labels: ['small'],
  wantedBy: WANTED,
  decidedAt: '2026-06-30T15:40:00.000Z',
};

/** A job message of one script step for `workflow_job` 4711. */
export const aJobMessage = jobMessage.parse({
  messageType: 'RunnerJobRequest',
  plan: { planId: 'plan-1' },
  timeline: { id: 'plan-1' },
  jobId: 'job-1',
  jobDisplayName: 'build',
  resources: { endpoints: [] },
  contextData: { job: { t: 2, d: [{ k: 'check_run_id', v: 4711 }] } },
  variables: {},
  steps: [{ id: 'step-1', reference: { type: 'script' }, condition: 'success()' }],
});

const CANCELLED = new AppError('cancelled', 'cancelled');

/** What happened outside, in order; each test looks at the order. */
export interface RunnerScene {
  readonly happened: string[];
  readonly ledger: MemoryLedger;
  readonly runners: MemoryRunners;
  readonly events: MemoryEvents;
  readonly log: RecordingLog;
  readonly proxy: ProxyRunners;
  /** Gives the next poll a message. */
  say(message: RunnerMessage): void;
  /** Ends the claimed container. */
  loseContainer(why: string): void;
}

export interface SceneOptions {
  readonly runJob?: RunJob;
  readonly numbers?: Partial<ProxyRunnerNumbers>;
  readonly job?: Partial<AcquiredJob>;
  readonly results?: Partial<ResultsService>;
  readonly deps?: Partial<ProxyRunnerDeps>;
  /** Answers of DELETE at GitHub, one by one; then `removed`. */
  readonly removals?: ('removed' | 'busy')[];
}

const quickSuccess: RunJob = async () => ({
  conclusion: 'success',
  outputs: {},
  steps: [],
  annotations: [],
});

export const jobArrives: RunnerMessage = {
  kind: 'job',
  request: { runner_request_id: 'job-1', run_service_url: 'http://localhost/run/' },
};

export function createRunnerScene(options: SceneOptions = {}): RunnerScene {
  const happened: string[] = [];
  const did = <T>(what: string, value: T): Promise<T> => {
    happened.push(what);
    return Promise.resolve(value);
  };
  const clock = createTestClock();
  const log = createRecordingLog();
  const ledger = createMemoryLedger(aJob({ id: WANTED }));
  const runners = createMemoryRunners();
  const events = createMemoryEvents();
  const mail = createMailbox();
  let lost = new AbortController();
  const removals = [...(options.removals ?? [])];

  const results: ResultsService = {
    updateSteps: async () => undefined,
    openLog: () => null,
    uploadSummary: async () => undefined,
    feed: () => undefined,
    close: () => did('feed closed', undefined),
    ...options.results,
  };
  const job: AcquiredJob = {
    message: aJobMessage,
    runServiceUrl: 'http://localhost/run/',
    token: 'job-token',
    renew: () => did('renew', new Date(clock.now() + 600_000).toISOString()),
    complete: ({ conclusion }) => did(`completejob ${conclusion}`, undefined),
    results,
    actions: { resolve: async () => [], open: async () => Readable.from([]) },
    ...options.job,
  };
  const session: RunnerSession = {
    next: (_status, signal) => mail.next(signal),
    acquire: () => did('acquire', job),
    close: () => did('session closed', undefined),
  };
  const runJob = options.runJob ?? quickSuccess;
  const proxy = createProxyRunners(
    {
      github: {
        createJitRunner: () => did('registered', { githubId: 7, encodedJitConfig: 'x' }),
        removeRunner: () => {
          const outcome = removals.shift() ?? 'removed';
          return did(`DELETE ${outcome}`, outcome);
        },
      },
      protocol: { openSession: () => did('session opened', session) },
      fleet: {
        claim: () => {
          lost = new AbortController();
          const claimed = {
            container: containerId('c1'),
            host: aHost,
            at: hostName('here'),
            lost: lost.signal,
          };
          return did('container claimed', claimed);
        },
        markBusy: () => undefined,
        release: () => did('container released', undefined),
        status: () => [],
      },
      ledger,
      runners,
      logs: createMemoryLogs(),
      events,
      tickets: createTicketSealer(new Uint8Array(32)),
      runJob: (message, execution, signals) => {
        happened.push('steps');
        return runJob(message, execution, signals);
      },
      clock,
      log,
      instance: instanceId('test'),
      hosts: 'here',
      machine: 'machine',
      runnerVersion: '2.336.0',
      newId: randomUUID,
      trust: { takesForks: () => true, poolFor: () => null },
      capacityFreed: (_pool, { end }) => void happened.push(`freed ${end}`),
      ...options.deps,
    },
    { idleCheckMs: 10, ...options.numbers },
  );
  return {
    ...{ happened, ledger, runners, events, log, proxy },
    say: mail.put,
    loseContainer: (why) => lost.abort(new AppError('container-lost', why)),
  };
}

interface Mailbox {
  put(message: RunnerMessage): void;
  next(signal: AbortSignal): Promise<RunnerMessage>;
}

function createMailbox(): Mailbox {
  const messages: RunnerMessage[] = [];
  const waiting: ((message: RunnerMessage) => void)[] = [];
  return {
    put(message) {
      const reader = waiting.shift();
      if (reader === undefined) messages.push(message);
      else reader(message);
    },
    next: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(CANCELLED);
        const message = messages.shift();
        if (message !== undefined) return resolve(message);
        waiting.push(resolve);
        signal.addEventListener('abort', () => {
          const at = waiting.indexOf(resolve);
          if (at >= 0) waiting.splice(at, 1);
          reject(CANCELLED);
        });
      }),
  };
}

const missing = async (): Promise<never> => {
  throw new Error('not part of this scene');
};

const aHost: StepHost = {
  paths: { work: '/w', home: '/h', temp: '/t', toolCache: '/c', actions: '/a', externals: '/e' },
  facts: { os: 'Linux', arch: 'X64', env: {}, image: 'i', shells: [] },
  exec: missing,
  put: missing,
  unpack: missing,
  read: missing,
  makeFolders: missing,
  remove: missing,
};

export const ended = (scene: RunnerScene): Promise<boolean> =>
  eventually(() => scene.proxy.count() === 0, 'the end of the runner');

export const online = (scene: RunnerScene): Promise<boolean> =>
  eventually(() => scene.runners.all()[0]?.state === 'idle', 'a runner online');

export const started = (scene: RunnerScene): Promise<boolean> =>
  eventually(() => scene.happened.includes('steps'), 'the steps');

/** Runs until it is cancelled or shut down, and then says which. */
export const endless: RunJob = (_job, _execution, { cancel, shutdown }) =>
  new Promise((resolve) => {
    const end = (conclusion: 'cancelled' | 'failure') => () =>
      resolve({ conclusion, outputs: {}, steps: [], annotations: [] });
    cancel.addEventListener('abort', end('cancelled'));
    shutdown.addEventListener('abort', end('failure'));
  });
