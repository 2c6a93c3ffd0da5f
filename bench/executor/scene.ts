import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import Docker from 'dockerode';
import { createDockerEngine, type DockerEngineDeps } from '../../src/adapters/docker/engine.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import { createFileLogStore } from '../../src/adapters/files/log-store.ts';
import { noActions } from '../../src/adapters/github/action-source.ts';
import { createHttp } from '../../src/adapters/github/http.ts';
import { openLiveFeed } from '../../src/adapters/github/live-feed.ts';
import {
  createResultsService,
  noResultsService,
} from '../../src/adapters/github/results-service.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { DEFAULT_WALLS } from '../../src/contract/pool-walls.ts';
import {
  type ContainerId,
  installationId,
  instanceId,
  jobIdOf,
  poolName,
} from '../../src/domain/ids.ts';
import { runJob } from '../../src/executor/run-job.ts';
import type { ResultsService } from '../../src/ports/runner-protocol.ts';
import type { StepHost } from '../../src/ports/step-host.ts';
import { createJobReporting } from '../../src/services/job-reporting.ts';
import { aJobMessage, type JobSpec } from '../../test/support/job-message.ts';
import { createRecordingLog } from '../../test/support/logs.ts';
import { createMemoryEvents, createMemoryLedger } from '../../test/support/memory-ports.ts';

export const IMAGE = 'runnerhub/job:bookworm';
const SOCKET = '/var/run/docker.sock';
const USER_AGENT = 'runnerhub-bench';

/** A container as pools have them, warm: made, checked, and its step agent started. */
export interface Unit extends AsyncDisposable {
  readonly id: ContainerId;
  readonly host: StepHost;
}

export async function makeUnit(scratch: string): Promise<Unit> {
  const deps: DockerEngineDeps = {
    address: { socketPath: SOCKET },
    clock: systemClock,
    log: createRecordingLog(),
    runtimesFolder: `${scratch}/no-runtimes`,
    openStepHost: ({ docker, id, user, paths }) =>
      createDockerStepHost({ docker, containerId: id, user, paths }),
  };
  const engine = createDockerEngine(deps);
  const name = randomUUID().slice(0, 8);
  const id = await engine.create({
    installation: installationId(`bench-${name}`),
    instance: instanceId(name),
    pool: poolName('bench'),
    image: IMAGE,
    cpuMillis: 2000,
    memoryMb: 1024,
    pids: 512,
    user: 'runner',
    walls: DEFAULT_WALLS,
  });
  const remove = () => engine.destroy(id);
  try {
    const host = await engine.open(id);
    return { id, host, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The step host of a unit that another process made. */
export const openUnit = (id: string): Promise<StepHost> =>
  createDockerStepHost({
    docker: new Docker({ socketPath: SOCKET }),
    containerId: id,
    user: 'runner',
    paths: { home: '/home/runner', work: '/home/runner/_work' },
  });

export interface Place {
  readonly host: StepHost;
  /** Port of the receiver; null for a job that is kept here only. */
  readonly port: number | null;
  /** Folder of the log store. */
  readonly logs: string;
}

export interface BenchRun {
  readonly seconds: number;
  /** What the log store has of it. */
  readonly storedBytes: number;
}

let jobs = 0;

/**
 * Runs a job as the hub does, with everything behind the reporter real but the ledger, which is in
 * memory. Throws when the job did not succeed or a line was not delivered.
 */
export async function runBenchJob(place: Place, spec: JobSpec): Promise<BenchRun> {
  const log = createRecordingLog();
  const clock = systemClock;
  const job = jobIdOf(++jobs);
  const results = place.port === null ? noResultsService() : resultsAt(place.port);
  const logs = createFileLogStore(place.logs);
  const events = { ...createMemoryEvents(), publish: () => undefined };
  const started = process.hrtime.bigint();
  const reporter = createJobReporting({
    ...{ results, logs, events, clock, log, job },
    ledger: createMemoryLedger(),
  });
  const never = new AbortController().signal;
  const result = await runJob(
    aJobMessage(spec),
    {
      ...{ host: place.host, reporter, actions: noActions(), clock, newId: randomUUID },
      runner: { name: 'bench-1', groupName: 'Default', version: '2.336.0', machine: 'bench' },
    },
    { cancel: never, shutdown: never },
  );
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const storedBytes = sizeOf(place.logs);
  await results.close();
  await logs.remove(job);
  if (result.conclusion !== 'success') throw new Error(`the job ended with ${result.conclusion}`);
  const complaint = log.entries.find(({ level }) => level === 'warn' || level === 'error');
  if (complaint !== undefined)
    throw new Error(`${complaint.message}: ${complaint.fields['detail']}`);
  return { seconds, storedBytes };
}

function resultsAt(port: number): ResultsService {
  const url = `ws://127.0.0.1:${port}/feed`;
  const feed = openLiveFeed({ clock: systemClock, url, token: 'none', userAgent: USER_AGENT });
  const ids = { planId: randomUUID(), jobId: randomUUID() };
  const endpoint = `http://127.0.0.1:${port}/`;
  const http = createHttp(USER_AGENT);
  return createResultsService({ http, clock: systemClock, endpoint, token: 'none', ...ids }, feed);
}

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(path.join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
