import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Dockerode from 'dockerode';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { execText } from '../../src/adapters/docker/engine-exec.ts';
import { DEFAULT_WALLS } from '../../src/contract/pool-walls.ts';
import { installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import type { ContainerEngine, ContainerSpec } from '../../src/ports/container-engine.ts';
import { createTestClock } from '../support/clocks.ts';
import { openGate } from '../support/engine-gate.ts';
import { eventually } from '../support/eventually.ts';
import { createRecordingLog } from '../support/logs.ts';
import { runtimesFolder } from '../support/runtimes.ts';

const SOCKET = '/var/run/docker.sock';
const IMAGE = 'runnerhub/job:bookworm';
const installation = installationId(`test-engine-${randomBytes(4).toString('hex')}`);
const instance = instanceId('one');
const docker = new Dockerode({ socketPath: SOCKET });

const engineAt = (socketPath: string, standin?: string): ContainerEngine =>
  createDockerEngine({
    address: { socketPath },
    standin,
    clock: createTestClock(),
    log: createRecordingLog(),
    runtimesFolder,
    openStepHost: async () => {
      throw new Error('not opened in this test');
    },
  });
const engine = engineAt(SOCKET);

const aSpec = (change: Partial<ContainerSpec> = {}): ContainerSpec => ({
  installation,
  instance,
  pool: poolName('default'),
  image: IMAGE,
  cpuMillis: 500,
  memoryMb: 128,
  pids: 64,
  user: 'runner',
  walls: DEFAULT_WALLS,
  ...change,
});

const folder = mkdtempSync(path.join(tmpdir(), 'rh-engine-'));
const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));

const filters = { label: [`com.runnerhub.installation=${installation}`] };
const left = async (): Promise<number> => {
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  return containers.length + networks.length;
};

afterEach(async () => {
  for (const { id } of await engine.owned(installation)) await engine.destroy(id);
  await engine.sweep(installation, []);
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  expect(await left()).toBe(0);
});

describe('a container of the Docker engine', () => {
  it('is hardened, limited and labelled, and has its folders', async () => {
    const id = await engine.create(aSpec());
    const container = docker.getContainer(id);
    const { HostConfig, Config, Mounts } = await container.inspect();
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Init: true,
      PidsLimit: 64,
      Memory: 128 * 1024 * 1024,
      MemorySwap: 128 * 1024 * 1024,
      NanoCpus: 500_000_000,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'none' },
      Privileged: false,
    });
    const byPlace = Mounts.sort((a, b) => a.Destination.localeCompare(b.Destination));
    expect(byPlace).toMatchObject([
      { Type: 'volume', Destination: '/home/runner/_work', RW: true },
      { Type: 'volume', Destination: '/opt/runnerhub/externals', RW: false },
    ]);
    expect(Config.Labels).toMatchObject({
      'com.runnerhub.installation': installation,
      'com.runnerhub.instance': 'hub_one',
      'com.runnerhub.pool': 'default',
    });
    const said = await execText(container, 'runner', [
      'sh',
      '-c',
      'cd ~/_work && touch _temp/a _tool/b _actions/c && stat -c %U . && grep -E "Cap(Eff|Prm|Inh)|NoNewPrivs" /proc/self/status',
    ]);
    expect(said).toMatch(/^runner\n/);
    expect(said).toMatch(/CapEff:\s+0+\n/);
    expect(said).toMatch(/CapPrm:\s+0+\n/);
    expect(said).toMatch(/NoNewPrivs:\s+1/);
    // The hub's own root commands can manage what steps left, and nothing beyond.
    const asRoot = await execText(container, '0', [
      'sh',
      '-c',
      'cd /home/runner/_work && touch _temp/root && rm _temp/a && grep CapEff /proc/self/status',
    ]);
    expect(asRoot).toMatch(/CapEff:\s+00000000000000eb\n/);
    expect(await engine.owned(installation)).toEqual([
      expect.objectContaining({ id, instance, pool: 'default', state: 'running' }),
    ]);
  });

  it('knows a stand-in only where the hub works for one', async () => {
    const plain = await docker.getContainer(await engine.create(aSpec())).inspect();
    expect(plain.HostConfig.ExtraHosts ?? []).toEqual([]);
    expect(plain.Config.Env.join()).not.toContain('GIT_CONFIG');
    const standin = engineAt(SOCKET, '172.17.0.1:8090');
    const container = docker.getContainer(await standin.create(aSpec()));
    const hosts = await execText(container, 'runner', ['getent', 'hosts', 'github.localhost']);
    expect(hosts).toMatch(/^172\.17\.0\.1\s/);
    const git = await execText(container, 'runner', ['git', 'config', 'http.curloptResolve']);
    expect(git).toBe('github.localhost:8090:172.17.0.1\n');
  });

  it('goes away with its network, however often that is asked for', async () => {
    const id = await engine.create(aSpec());
    expect(await left()).toBe(2);
    await Promise.all([engine.destroy(id), engine.destroy(id)]);
    await engine.destroy(id);
    expect(await left()).toBe(0);
  });

  it('leaves nothing behind when it cannot be made', async () => {
    const noImage = engine.create(aSpec({ image: 'runnerhub/there-is-no-such:image' }));
    await expect(noImage).rejects.toMatchObject({ code: 'image-missing' });
    const noUser = engine.create(aSpec({ user: 'nobody-of-this-name' }));
    await expect(noUser).rejects.toMatchObject({ code: 'docker-failed' });
    expect(await left()).toBe(0);
  });

  it('gets a subnet of its own also beyond the default pools of Docker', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => engine.create(aSpec())));
    const networks = await docker.listNetworks({ filters });
    const subnets = networks.map(({ IPAM }) => IPAM?.Config?.[0]?.Subnet);
    expect(new Set(subnets).size).toBe(6);
    for (const subnet of subnets) expect(subnet).toMatch(/^10\.201\.\d+\.\d+\/28$/);
    await Promise.all(ids.map((id) => engine.destroy(id)));
    expect(await left()).toBe(0);
  });

  it('says once when it ends, and nothing when it is destroyed', async () => {
    const [lost, destroyed] = await Promise.all([engine.create(aSpec()), engine.create(aSpec())]);
    const ends: string[] = [];
    using _lost = engine.watch(lost, (why) => ends.push(`lost: ${why}`));
    using _destroyed = engine.watch(destroyed, (why) => ends.push(`destroyed: ${why}`));
    await engine.destroy(destroyed);
    await docker.getContainer(lost).kill();
    await eventually(() => ends.length > 0, 'the end of a container');
    expect(ends).toEqual([expect.stringMatching(/^lost: the container ended with code 137/)]);
  });

  it('is noticed as ended also when it ended before it was watched', async () => {
    const [first, second] = await Promise.all([engine.create(aSpec()), engine.create(aSpec())]);
    const ends: string[] = [];
    using _first = engine.watch(first, (why) => ends.push(why));
    await docker.getContainer(second).kill();
    using _second = engine.watch(second, (why) => ends.push(why));
    await eventually(() => ends.length === 1, 'the end of a container');
  });
});

describe('the engine', () => {
  it('tells what it is and which images it has', async () => {
    expect(await engine.info()).toMatchObject({ cpus: expect.any(Number) });
    expect(await engine.imageId(IMAGE)).toMatch(/^sha256:/);
    expect(await engine.imageId('runnerhub/there-is-no-such:image')).toBeNull();
  });

  it('sweeps networks that no container uses, but not those of the living', async () => {
    const id = await engine.create(aSpec());
    const orphan = await engine.create(aSpec());
    await docker.getContainer(orphan).remove({ force: true });
    expect(await engine.sweep(installation, [instance])).toBe(0);
    // its network, and the volume of its work folder
    expect(await engine.sweep(installation, [])).toBe(2);
    expect((await engine.owned(installation)).map((container) => container.id)).toEqual([id]);
  });

  it('is called down when nothing answers', async () => {
    const nowhere = engineAt('/nonexistent/docker.sock');
    await expect(nowhere.info()).rejects.toMatchObject({ code: 'docker-down', retryable: true });
    await expect(nowhere.create(aSpec())).rejects.toMatchObject({ code: 'docker-down' });
  });

  it('answers pings and measures its machine', async () => {
    await engine.ping();
    const usage = await engine.usage(installation);
    expect(usage.freeDiskMb).toBeGreaterThan(0);
    expect(usage.freeMemoryMb).toBeGreaterThan(0);
    await expect(engineAt('/nonexistent/docker.sock').ping()).rejects.toMatchObject({
      code: 'docker-down',
    });
  });

  it('fails calls under way when it is severed, and answers later ones', async () => {
    const silent = createServer().listen(path.join(folder, 'silent.sock'));
    const hanging = engineAt(path.join(folder, 'silent.sock'));
    const call = hanging.info();
    await eventually(async () => (await connectionsOf(silent)) > 0, 'the connection');
    hanging.sever('it is gone');
    await expect(call).rejects.toMatchObject({ code: 'docker-down' });
    engine.sever('for the test');
    await engine.ping();
    silent.close();
  });

  it('tells of ends that it had while its connection was broken', async () => {
    await using gate = await openGate(SOCKET);
    const gated = engineAt(gate.socketPath);
    const id = await gated.create(aSpec());
    const ends: string[] = [];
    using _watch = gated.watch(id, (why) => ends.push(why));
    await gate.shut();
    await docker.getContainer(id).kill();
    await gate.open();
    await eventually(() => ends.length > 0, 'the end to be told');
    expect(ends).toEqual([expect.stringMatching(/code 137/)]);
  });
});
