import { randomBytes, randomUUID } from 'node:crypto';
import Dockerode from 'dockerode';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { createGitHub } from '../../src/adapters/github/github.ts';
import { createRunnerProtocol } from '../../src/adapters/github/runner-protocol.ts';
import { poolConfig } from '../../src/contract/pool-config.ts';
import { installationId, instanceId, jobIdOf, poolName } from '../../src/domain/ids.ts';
import { isoNow } from '../../src/ports/clock.ts';
import type { JobResult, RunJob } from '../../src/ports/job-executor.ts';
import { createFleet, type Fleet } from '../../src/services/fleet.ts';
import type { Hosts } from '../../src/services/fleet-hosts.ts';
import { createProxyRunners, type ProxyRunners } from '../../src/services/proxy-runner.ts';
import type { RunnerOrder } from '../../src/services/runner-order.ts';
import { createTicketSealer } from '../../src/services/ticket.ts';
import { createTestClock } from '../support/clocks.ts';
import { eventually } from '../support/eventually.ts';
import { openExecStepHost } from '../support/exec-step-host.ts';
import { aSetup, startHosts } from '../support/fleet-hosts.ts';
import { type GitHubScene, openGitHubScene, restOf } from '../support/github-scene.ts';
import { readLog } from '../support/log-text.ts';
import {
  aJob,
  createMemoryEvents,
  createMemoryLedger,
  createMemoryLogs,
  createMemoryRunners,
} from '../support/memory-ports.ts';
import { envelope, holdPoll, JOB, jobRequest } from '../support/mini-github.ts';
import { runtimesFolder } from '../support/runtimes.ts';

const SOCKET = '/var/run/docker.sock';
const installation = installationId(`test-proxy-${randomBytes(4).toString('hex')}`);
const instance = instanceId('proxy');
const docker = new Dockerode({ socketPath: SOCKET });
const filters = { label: [`com.runnerhub.installation=${installation}`] };
const job = jobIdOf(JOB.checkRunId);
const receiver = '/results/twirp/results.services.receiver.Receiver';
const deletion = 'DELETE /repos/octo/demo/actions/runners/7';

const order: RunnerOrder = {
  pool: poolName('small'),
  scope: 'octo/demo',
  labels: ['small'],
  wantedBy: job,
  decidedAt: '2026-06-30T15:40:00.000Z',
};

let scene: GitHubScene;
let fleet: Fleet;
let hosts: Hosts;

beforeEach(async () => {
  scene = await openGitHubScene();
  const { github } = scene;
  const ok = { status: 200, json: { ok: true } };
  const target = { status: 200, json: { logs_url: `${github.url}/blob?sig=x` } };
  const jit = { runner: { id: 7 }, encoded_jit_config: github.jitConfig() };
  github.on('POST /repos/octo/demo/actions/runners/generate-jitconfig', {
    status: 201,
    json: jit,
  });
  github.on(deletion, { status: 204 });
  github.on(`POST ${receiver}/GetStepLogsSignedBlobURL`, target);
  github.on(`POST ${receiver}/GetJobLogsSignedBlobURL`, target);
  github.on(`POST ${receiver}/CreateStepLogsMetadata`, ok);
  github.on(`POST ${receiver}/CreateJobLogsMetadata`, ok);
  github.on(
    'POST /results/twirp/github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate',
    ok,
  );
  github.on('PUT /blob', { status: 201 });
});

afterEach(async () => {
  await fleet.stop();
  await hosts.stop();
  await scene[Symbol.asyncDispose]();
});

afterAll(async () => {
  expect(await docker.listContainers({ all: true, filters })).toEqual([]);
  expect(await docker.listNetworks({ filters })).toEqual([]);
});

/** Runs one command and reports it as the only step. */
const runCommand =
  (...argv: string[]): RunJob =>
  async (_message, { host, reporter, clock }): Promise<JobResult> => {
    const step = { id: JOB.stepId, number: 2, name: 'Run it' };
    const startedAt = isoNow(clock);
    reporter.stepStarted(step, startedAt);
    let lines = 0;
    const stdout = async (chunk: Uint8Array): Promise<void> => {
      lines += 1;
      await reporter.line(step, Buffer.from(chunk).toString().trimEnd(), isoNow(clock));
    };
    const command = { argv, cwd: '/', env: {} };
    await host.exec(command, { stdout, stderr: () => undefined }, new AbortController().signal);
    const ended = { outcome: 'success', conclusion: 'success' } as const;
    const completedAt = isoNow(clock);
    const finished = { ...step, ...ended, startedAt, completedAt, annotations: [], lines };
    reporter.stepFinished(finished);
    return { conclusion: 'success', outputs: {}, steps: [finished], annotations: [] };
  };

interface Hub {
  readonly runners: ProxyRunners;
  readonly ledger: ReturnType<typeof createMemoryLedger>;
  readonly logs: ReturnType<typeof createMemoryLogs>;
  readonly ends: string[];
}

async function aHub(runJob: RunJob): Promise<Hub> {
  const clock = createTestClock();
  const { log } = scene;
  const ledger = createMemoryLedger(aJob({ id: job }));
  const logs = createMemoryLogs();
  const events = createMemoryEvents();
  const ends: string[] = [];
  const pool = {
    name: 'small',
    labels: ['small'],
    image: 'runnerhub/job:bookworm',
    cpuMillis: 500,
    memoryMb: 128,
    pids: 64,
    max: 2,
  };
  const engine = createDockerEngine({
    address: { socketPath: SOCKET },
    clock,
    log,
    runtimesFolder,
    openStepHost: openExecStepHost,
  });
  hosts = await startHosts({ clock, log, installation }, aSetup('local', engine));
  fleet = createFleet(
    { hosts, clock, log, installation, instance, events },
    { pools: [poolConfig.parse(pool)] },
  );
  fleet.start();
  const runners = createProxyRunners({
    github: createGitHub(restOf(scene.github.url, clock)),
    protocol: createRunnerProtocol({ clock, log, actionsFolder: '/nowhere' }),
    fleet,
    ledger,
    runners: createMemoryRunners(),
    logs,
    events,
    tickets: createTicketSealer(randomBytes(32)),
    runJob,
    clock,
    log,
    instance,
    hosts: 'local',
    machine: 'test-machine',
    runnerVersion: '2.336.0',
    newId: randomUUID,
    trust: { takesForks: () => true, poolFor: () => null },
    capacityFreed: (_pool, { end }) => void ends.push(end),
  });
  return { runners, ledger, logs, ends };
}

const ended = (hub: Hub): Promise<boolean> =>
  eventually(() => hub.ends.length > 0, 'the end of the runner', 20_000);

describe('a proxy runner on a real engine, speaking to a small GitHub', () => {
  it('runs a job in a container, reports it and leaves nothing behind', async () => {
    const { github } = scene;
    github.on('GET /broker/message', [{ status: 202 }, jobRequest(github.url), holdPoll]);
    const hub = await aHub(runCommand('sh', '-c', 'echo "hello from $(id -un)"'));
    await hub.runners.start(order);
    await ended(hub);
    expect(hub.ends).toEqual(['job-done']);
    expect(github.seen('POST /run/7/completejob')[0]?.json()).toMatchObject({
      conclusion: 'succeeded',
      billingOwnerId: 'O_1',
      stepResults: [
        { external_id: JOB.stepId, number: 2, conclusion: 'succeeded', completed_log_lines: 1 },
      ],
    });
    const order_ = github.requests.map(({ method, path }) => `${method} ${path}`);
    const at = (route: string): number => order_.indexOf(route);
    expect(at('POST /run/7/renewjob')).toBeLessThan(at('PUT /blob'));
    expect(at('PUT /blob')).toBeLessThan(at('POST /run/7/completejob'));
    expect(order_.at(-1)).toBe('DELETE /broker/session');
    expect(await readLog(hub.logs, job, 2)).toMatch(/^\d{4}-.*\.\d{7}Z hello from runner\n$/);
    const record = await hub.ledger.get(job);
    expect(record).toMatchObject({ state: 'completed', conclusion: 'success', pool: 'small' });
    const { container_ready_at, runner_online_at, job_started_at, first_step_at } =
      record?.timestamps ?? {};
    const instants = [container_ready_at, runner_online_at, job_started_at, first_step_at];
    expect([...instants].sort()).toEqual(instants);
    await expect(docker.getContainer(record?.container ?? '').inspect()).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  it('cancels a job on the word of the broker, delivered again and again', async () => {
    const { github } = scene;
    const cancel = envelope('JobCancellation', { jobId: JOB.jobId, timeout: '00:05:00' });
    const hub = await aHub(async (_message, _execution, { cancel: cancelled }) => {
      github.on('GET /broker/message', [cancel, cancel, cancel, holdPoll]);
      await new Promise((resolve) => {
        cancelled.addEventListener('abort', resolve);
      });
      return { conclusion: 'cancelled', outputs: {}, steps: [], annotations: [] };
    });
    github.on('GET /broker/message', [jobRequest(github.url), { status: 202 }]);
    await hub.runners.start(order);
    await ended(hub);
    expect(github.seen('POST /run/7/completejob')[0]?.json()['conclusion']).toBe('canceled');
    expect(await hub.ledger.get(job)).toMatchObject({ conclusion: 'cancelled' });
  });

  it('fails a job whose container is killed, and says so at GitHub', async () => {
    const { github } = scene;
    github.on('GET /broker/message', [jobRequest(github.url), holdPoll]);
    const hub = await aHub(async (_message, { host }) => {
      const record = await hub.ledger.get(job);
      await docker.getContainer(record?.container ?? '').kill();
      await eventually(
        () => scene.log.entries.some(({ message }) => message === 'container lost'),
        'the loss',
      );
      const sink = { stdout: () => undefined, stderr: () => undefined };
      await host.exec({ argv: ['true'], cwd: '/', env: {} }, sink, new AbortController().signal);
      throw new Error('a command ran in a dead container');
    });
    await hub.runners.start(order);
    await ended(hub);
    const completed = github.seen('POST /run/7/completejob')[0]?.json();
    expect(completed).toMatchObject({
      conclusion: 'failed',
      annotations: [{ level: 'failure', title: 'RunnerHub' }],
    });
    expect(await hub.ledger.get(job)).toMatchObject({ failure: 'infrastructure' });
  });

  it('stops: an idle runner is removed at GitHub before its container', async () => {
    const { github } = scene;
    const hub = await aHub(runCommand('true'));
    await hub.runners.start(order);
    await eventually(() => github.seen('GET /broker/message').length > 0, 'the poll', 20_000);
    await hub.runners.drain(10_000);
    expect(github.seen(deletion)).toHaveLength(1);
    expect(hub.ends).toEqual(['given-up']);
    expect(github.seen('POST /run/7/completejob')).toEqual([]);
  });
});
