import type { JobId, RunnerId } from '../../src/domain/ids.ts';
import { isRefused, transition } from '../../src/domain/job-lifecycle.ts';
import { segmentsIn } from '../../src/domain/log-segments.ts';
import { StampedBytes } from '../../src/domain/stamped-bytes.ts';
import { NO_TIMESTAMPS } from '../../src/domain/timestamps.ts';
import type { JobChanges, JobRecord, StepRow } from '../../src/ports/job-ledger.ts';
import type { LiveEvent, LiveEvents } from '../../src/ports/live-events.ts';
import type { LogStore } from '../../src/ports/log-store.ts';
import type { RunnerRecord, RunnerStore } from '../../src/ports/runner-store.ts';
import type { RunnerLedger } from '../../src/services/proxy-runner-types.ts';

export const aJob = (change: Partial<JobRecord> & { readonly id: JobId }): JobRecord => ({
  repository: 'octo/demo',
  runId: 1,
  runAttempt: 1,
  workflow: 'CI',
  name: 'build',
  labels: ['small'],
  headSha: 'b8d1e652',
  headBranch: 'main',
  htmlUrl: null,
  runner: null,
  pool: null,
  host: null,
  container: null,
  state: 'queued',
  conclusion: null,
  failure: null,
  waiting: null,
  timestamps: NO_TIMESTAMPS,
  completedAt: null,
  failureDetail: null,
  waitingSince: null,
  priority: null,
  hold: null,
  usage: null,
  egress: null,
  revision: 1,
  ...change,
});

export interface MemoryLedger extends RunnerLedger {
  readonly jobs: Map<JobId, JobRecord>;
}

/** A ledger in memory that follows the same lifecycle. */
export function createMemoryLedger(...records: readonly JobRecord[]): MemoryLedger {
  const jobs = new Map(records.map((job) => [job.id, job]));
  const steps = new Map<string, StepRow>();
  const outputs = new Map<JobId, Readonly<Record<string, string>>>();
  const change = (job: JobRecord, changes: JobChanges): JobRecord => {
    const { placement, timestamps, ...facts } = changes;
    const merged = { ...job.timestamps, ...timestamps };
    return { ...job, ...placement, ...facts, timestamps: merged, revision: job.revision + 1 };
  };
  return {
    jobs,
    get: async (id) => jobs.get(id) ?? null,
    list: async ({ states }) =>
      [...jobs.values()].filter((job) => states === undefined || states.includes(job.state)),
    async apply(id, event, changes = {}) {
      const job = jobs.get(id);
      if (job === undefined) return { refused: 'unknown job' };
      const next = transition(job, event);
      if (isRefused(next)) return next;
      const saved = change({ ...job, ...next }, changes);
      jobs.set(id, saved);
      return saved;
    },
    async note(id, changes) {
      const job = jobs.get(id);
      if (job !== undefined) jobs.set(id, change(job, changes));
    },
    async setWaiting(id, waiting) {
      const job = jobs.get(id);
      if (job?.state === 'queued') jobs.set(id, { ...job, waiting });
    },
    async saveStep(id, step) {
      steps.set(`${id}/${String(step.number).padStart(4, '0')}`, step);
    },
    steps: async (id) =>
      [...steps.entries()]
        .filter(([key]) => key.startsWith(`${id}/`))
        .sort(([left], [right]) => left.localeCompare(right))
        .map(([, step]) => step),
    async saveOutputs(id, values) {
      outputs.set(id, values);
    },
    outputs: async (id) => outputs.get(id) ?? {},
  };
}

export interface MemoryRunners extends Omit<RunnerStore, 'named'> {
  all(): readonly RunnerRecord[];
}

export function createMemoryRunners(...records: readonly RunnerRecord[]): MemoryRunners {
  const runners = new Map<RunnerId, RunnerRecord>(records.map((runner) => [runner.id, runner]));
  return {
    all: () => [...runners.values()],
    async add(runner) {
      runners.set(runner.id, runner);
    },
    async update(id, change) {
      const runner = runners.get(id);
      if (runner !== undefined) runners.set(id, { ...runner, ...change });
    },
    live: async () => [...runners.values()].filter(({ state }) => state !== 'gone'),
    get: async (id) => runners.get(id) ?? null,
    hasHeld: async (container) =>
      [...runners.values()].some((runner) => runner.container === container),
  };
}

export function createMemoryLogs(): LogStore {
  const kept = new Map<string, Buffer>();
  return {
    async append(job, step, segments) {
      const before = kept.get(`${job}/${step}`) ?? Buffer.alloc(0);
      kept.set(`${job}/${step}`, Buffer.concat([before, segments]));
    },
    async *read(job, step) {
      const bytes = kept.get(`${job}/${step}`) ?? Buffer.alloc(0);
      const lines = new StampedBytes();
      for (const segment of segmentsIn(bytes)) lines.append(segment);
      if (bytes.length > 0) yield { text: lines.bytes.toString(), next: bytes.length };
    },
    remove: async () => undefined,
  };
}

export interface MemoryEvents extends LiveEvents {
  readonly seen: readonly LiveEvent[];
}

export function createMemoryEvents(): MemoryEvents {
  const seen: LiveEvent[] = [];
  const listeners = new Set<(event: LiveEvent) => void>();
  return {
    seen,
    publish(event) {
      seen.push({ ...event }); // the text of lines is to be read at once
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
