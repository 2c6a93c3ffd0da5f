import { randomBytes } from 'node:crypto';
import Dockerode from 'dockerode';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { type PoolConfig, poolConfig } from '../../src/contract/pool-config.ts';
import { installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import type { ContainerEngine } from '../../src/ports/container-engine.ts';
import { createFleet, type Fleet } from '../../src/services/fleet.ts';
import type { Hosts } from '../../src/services/fleet-hosts.ts';
import type { PoolStatus } from '../../src/services/fleet-types.ts';
import { createTestClock } from '../support/clocks.ts';
import { openGate } from '../support/engine-gate.ts';
import { eventually } from '../support/eventually.ts';
import { openExecStepHost } from '../support/exec-step-host.ts';
import { aSetup, startHosts } from '../support/fleet-hosts.ts';
import { createRecordingLog } from '../support/logs.ts';
import { runtimesFolder } from '../support/runtimes.ts';

const SOCKET = '/var/run/docker.sock';
const installation = installationId(`test-fleet-${randomBytes(4).toString('hex')}`);
const docker = new Dockerode({ socketPath: SOCKET });
const filters = { label: [`com.runnerhub.installation=${installation}`] };
const pool = poolName('small');
const running: Fleet[] = [];

const engineAt = (socketPath: string): ContainerEngine =>
  createDockerEngine({
    address: { socketPath },
    clock: createTestClock(),
    log: createRecordingLog(),
    runtimesFolder,
    openStepHost: openExecStepHost,
  });
const engine = engineAt(SOCKET);

const started: Hosts[] = [];

const aFleet = async (
  change: Partial<PoolConfig> = {},
  at = engine,
  clock = createTestClock(),
): Promise<Fleet> => {
  const config = poolConfig.parse({
    name: 'small',
    labels: ['small'],
    image: 'runnerhub/job:bookworm',
    cpuMillis: 500,
    memoryMb: 128,
    pids: 64,
    minIdle: 1,
    max: 2,
    ...change,
  });
  const log = createRecordingLog();
  const hosts = await startHosts({ clock, log, installation }, aSetup('here', at));
  started.push(hosts);
  const fleet = createFleet(
    {
      ...{ hosts, clock, log, installation },
      instance: instanceId('fleet'),
      events: { publish: () => undefined },
    },
    { pools: [config] },
  );
  running.push(fleet);
  fleet.start();
  return fleet;
};

const statusOf = (fleet: Fleet): PoolStatus => {
  const [status] = fleet.status();
  if (status === undefined) throw new Error('no pool');
  return status;
};

const warm = (fleet: Fleet, count: number): Promise<boolean> =>
  eventually(() => statusOf(fleet).warm === count, `${count} warm containers`, 20_000);

afterEach(async () => {
  await Promise.all(running.splice(0).map((fleet) => fleet.stop()));
  await Promise.all(started.splice(0).map((hosts) => hosts.stop()));
});

afterAll(async () => {
  expect(await docker.listContainers({ all: true, filters })).toEqual([]);
  expect(await docker.listNetworks({ filters })).toEqual([]);
});

describe('a fleet on a Docker engine', () => {
  it('hands out a warm container, makes another, and never uses one twice', async () => {
    const fleet = await aFleet();
    await warm(fleet, 1);
    const ready = (await docker.listContainers({ filters })).map((each) => each.Id);
    const first = await fleet.claim(pool);
    expect(ready).toContain(first.container);
    await warm(fleet, 1);
    await fleet.release(first.container);
    const second = await fleet.claim(pool);
    expect(second.container).not.toBe(first.container);
    await expect(docker.getContainer(first.container).inspect()).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  it('makes a container for a claim where none is warm, and refuses beyond its maximum', async () => {
    const fleet = await aFleet({ minIdle: 0, max: 1 });
    const only = await fleet.claim(pool);
    expect(statusOf(fleet)).toMatchObject({ warm: 0, busy: 1, max: 1 });
    await expect(fleet.claim(pool)).rejects.toMatchObject({ code: 'conflict', retryable: true });
    await fleet.release(only.container);
    const next = await fleet.claim(pool);
    expect(next.container).not.toBe(only.container);
  });

  it('replaces a warm container that died', async () => {
    const fleet = await aFleet();
    await warm(fleet, 1);
    const [before] = await engine.owned(installation);
    await docker.getContainer(before?.id ?? '').kill();
    await eventually(async () => {
      const [after] = await engine.owned(installation);
      return statusOf(fleet).warm === 1 && after !== undefined && after.id !== before?.id;
    }, 'another warm container');
  });

  it('tells the holder of a container that it is lost', async () => {
    const fleet = await aFleet();
    const { container, lost } = await fleet.claim(pool);
    await docker.getContainer(container).kill();
    await eventually(() => lost.aborted, 'the loss');
    expect(lost.reason).toMatchObject({ code: 'container-lost' });
    await fleet.release(container);
  });

  it('says why it has no container, and goes on when the engine is back', async () => {
    await using gate = await openGate(SOCKET);
    const fleet = await aFleet({}, engineAt(gate.socketPath));
    await warm(fleet, 1);
    await gate.shut();
    await eventually(() => statusOf(fleet).warm === 0, 'the loss of the warm container');
    await expect(fleet.claim(pool)).rejects.toMatchObject({ code: 'docker-down' });
    expect(statusOf(fleet).lastError).toMatch(/does not answer/);
    await gate.open();
    await warm(fleet, 1);
    expect(statusOf(fleet).lastError).toBeNull();
    await eventually(
      async () => (await engine.owned(installation)).length === 1,
      'the end of the container from before',
      20_000,
    );
    await fleet.stop();
  });

  it('says that the image is missing', async () => {
    const fleet = await aFleet({ image: 'runnerhub/there-is-no-such:image' });
    await expect(fleet.claim(pool)).rejects.toMatchObject({ code: 'image-missing' });
    expect(statusOf(fleet).lastError).toMatch(/no such image/i);
  });

  it('leaves nothing behind when it stops while containers are made and used', async () => {
    const fleet = await aFleet({ minIdle: 2, max: 4 });
    const claims = Promise.allSettled([fleet.claim(pool), fleet.claim(pool)]);
    await eventually(() => statusOf(fleet).creating > 0, 'a container under way');
    await fleet.stop();
    await claims;
    expect(await engine.owned(installation)).toEqual([]);
    await expect(fleet.claim(pool)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
