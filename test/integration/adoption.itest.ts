import { randomBytes } from 'node:crypto';
import Dockerode from 'dockerode';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { type PoolConfig, poolConfig } from '../../src/contract/pool-config.ts';
import { hostName, installationId, instanceId, poolName, runnerId } from '../../src/domain/ids.ts';
import type { OwnedContainer } from '../../src/ports/container-engine.ts';
import type { RunnerRecord } from '../../src/ports/runner-store.ts';
import { type Adopt, createAdoption } from '../../src/services/adoption.ts';
import { createFleet, type Fleet } from '../../src/services/fleet.ts';
import type { Hosts } from '../../src/services/fleet-hosts.ts';
import { createTestClock } from '../support/clocks.ts';
import { eventually } from '../support/eventually.ts';
import { openExecStepHost } from '../support/exec-step-host.ts';
import { aSetup, startHosts } from '../support/fleet-hosts.ts';
import { createRecordingLog } from '../support/logs.ts';
import { createMemoryRunners } from '../support/memory-ports.ts';
import { runtimesFolder } from '../support/runtimes.ts';

const installation = installationId(`test-adoption-${randomBytes(4).toString('hex')}`);
const filters = { label: [`com.runnerhub.installation=${installation}`] };
const docker = new Dockerode({ socketPath: '/var/run/docker.sock' });
const clock = createTestClock();
const log = createRecordingLog();
const here = hostName('here');
const engine = createDockerEngine({
  address: { socketPath: '/var/run/docker.sock' },
  ...{ clock, log, runtimesFolder, openStepHost: openExecStepHost },
});
const undo: (() => Promise<unknown>)[] = [];

interface Hub {
  readonly fleet: Fleet;
  readonly hosts: Hosts;
  readonly adopt: Adopt;
}

async function aHub(
  name: string,
  change: Partial<PoolConfig> = {},
  ...runners: readonly RunnerRecord[]
): Promise<Hub> {
  const hosts = await startHosts({ clock, log, installation }, aSetup('here', engine));
  const config = poolConfig.parse({
    ...{ name: 'small', labels: ['small'], image: 'runnerhub/job:bookworm' },
    ...{ cpuMillis: 500, memoryMb: 128, pids: 64, minIdle: 1, max: 2, ...change },
  });
  const events = { publish: () => undefined };
  const instance = instanceId(name);
  const fleet = createFleet(
    { hosts, clock, log, installation, instance, events },
    { pools: [config] },
  );
  const exclusion = { run: <T>(_name: string, work: () => Promise<T>): Promise<T> => work() };
  const adopt = createAdoption({ fleet, runners: createMemoryRunners(...runners), exclusion, log });
  undo.push(async () => {
    await fleet.stop();
    await hosts.stop();
  });
  return { fleet, hosts, adopt };
}

const warm = ({ fleet }: Hub, count: number): Promise<unknown> =>
  eventually(() => fleet.status()[0]?.warm === count, `${count} warm containers`, 30_000);

/** A hub that stopped and left one warm container. */
async function leftWarm(): Promise<OwnedContainer> {
  const first = await aHub('first');
  first.fleet.start();
  await warm(first, 1);
  const kept = await first.fleet.stop({ keepWarm: true });
  await first.hosts.stop();
  const owned = await engine.owned(installation);
  expect(owned.map(({ id }) => id)).toEqual([...kept]);
  const [container] = owned;
  if (container === undefined) throw new Error('nothing was kept');
  return container;
}

const aRunner = (container: OwnedContainer): RunnerRecord => ({
  id: runnerId('r1'),
  name: 'rh-small-1',
  githubId: 7,
  scope: 'octo/demo',
  labels: ['small'],
  pool: poolName('small'),
  host: here,
  container: container.id,
  state: 'gone',
  job: null,
  wantedBy: null,
  instance: container.instance,
  createdAt: '2026-06-30T15:40:39.000Z',
  ticket: null,
});

afterEach(async () => {
  await Promise.all(undo.splice(0).map((each) => each()));
  for (const { id } of await engine.owned(installation)) await engine.destroy(id);
  await engine.sweep(installation, []);
});

afterAll(async () => {
  expect(await docker.listContainers({ all: true, filters })).toEqual([]);
  expect(await docker.listNetworks({ filters })).toEqual([]);
});

describe('a warm container of a hub that is gone', () => {
  it('is taken over, belongs to the new hub from then on, and is handed out', async () => {
    const container = await leftWarm();
    const next = await aHub('second');
    expect(await next.adopt(here, container)).toBe(true);
    await warm(next, 1);
    next.fleet.start();
    const [owned] = await engine.owned(installation);
    expect(owned).toMatchObject({ id: container.id, instance: 'hub_second', pool: 'small' });
    // What is swept are networks and volumes of the dead; the adopted container keeps its own.
    expect(await engine.sweep(installation, [instanceId('second')])).toBe(0);
    const claimed = await next.fleet.claim(poolName('small'));
    expect(claimed.container).toBe(container.id);
    await next.fleet.release(claimed.container);
    await expect(docker.getContainer(container.id).inspect()).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  it('is not taken over a second time, nor beyond what the pool wants', async () => {
    const container = await leftWarm();
    const [second, third] = [await aHub('second'), await aHub('third')];
    expect(await second.adopt(here, container)).toBe(true);
    expect(await third.adopt(here, container)).toBe(false);
    expect(await second.adopt(here, container)).toBe(false);
  });

  it('is not taken over when the pool would make another one now', async () => {
    const container = await leftWarm();
    for (const change of [{ memoryMb: 256 }, { user: 'root' }, { nofile: 2048 }, { minIdle: 0 }]) {
      const next = await aHub('second', change);
      expect(await next.adopt(here, container)).toBe(false);
    }
    const renamed = await aHub('second', { name: 'other' });
    expect(await renamed.adopt(here, container)).toBe(false);
  });

  it('is not taken over when a runner has ever had it, or when it has ended', async () => {
    const container = await leftWarm();
    const used = await aHub('second', {}, aRunner(container));
    expect(await used.adopt(here, container)).toBe(false);
    const next = await aHub('third');
    await docker.getContainer(container.id).kill();
    expect(await next.adopt(here, container)).toBe(false);
    expect(await next.adopt(here, { ...container, state: 'stopped' })).toBe(false);
  });
});
