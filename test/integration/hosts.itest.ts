import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Dockerode from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import { type PoolConfig, poolConfig } from '../../src/contract/pool-config.ts';
import { hostName, installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import type { ContainerEngine } from '../../src/ports/container-engine.ts';
import { createFleet, type Fleet } from '../../src/services/fleet.ts';
import type { HostSetup } from '../../src/services/fleet-host.ts';
import type { Hosts } from '../../src/services/fleet-hosts.ts';
import type { PoolStatus } from '../../src/services/fleet-types.ts';
import { createTestClock } from '../support/clocks.ts';
import { canOpenYard, openYard, type Yard, type YardHost } from '../support/engine-yard.ts';
import { eventually } from '../support/eventually.ts';
import { aSetup, startHosts } from '../support/fleet-hosts.ts';
import { createRecordingLog } from '../support/logs.ts';
import { runtimesFolder } from '../support/runtimes.ts';

const IMAGE = 'runnerhub/job:bookworm';
const installation = installationId(`test-hosts-${randomBytes(4).toString('hex')}`);
const filters = { label: [`com.runnerhub.installation=${installation}`] };
const pool = poolName('small');
const log = createRecordingLog();
const clock = createTestClock();
let yard: Yard;
const undo: (() => Promise<void>)[] = [];

function engineOf({ host, port }: YardHost, tls = yard.tls): ContainerEngine {
  const pem = (name: keyof Yard['tls']): string => readFileSync(tls[name], 'utf8');
  return createDockerEngine({
    address: { host, port, ca: pem('ca'), cert: pem('cert'), key: pem('key') },
    ...{ clock, log, runtimesFolder },
    openStepHost: ({ docker, id, user, paths }) =>
      createDockerStepHost({ docker, containerId: id, user, paths }),
  });
}

interface Scene {
  readonly fleet: Fleet;
  readonly hosts: Hosts;
  readonly status: () => PoolStatus;
}

async function aScene(
  change: Partial<PoolConfig>,
  rules: Partial<HostSetup['rules']> = {},
): Promise<Scene> {
  const setups = yard.hosts.map((host) => {
    const setup = aSetup(host.name, engineOf(host));
    return { ...setup, rules: { ...setup.rules, ...rules } };
  });
  const hosts = await startHosts({ clock, log, installation }, ...setups);
  const config = poolConfig.parse({
    ...{ name: 'small', labels: ['small'], image: IMAGE, cpuMillis: 500, memoryMb: 128, pids: 64 },
    ...{ placement: 'spread', ...change },
  });
  const events = { publish: () => undefined };
  const parts = { hosts, clock, log, installation, instance: instanceId('hosts'), events };
  const fleet = createFleet(parts, { pools: [config] });
  fleet.start();
  undo.push(async () => {
    await fleet.stop();
    await hosts.stop();
  });
  const status = (): PoolStatus => {
    const [first] = fleet.status();
    if (first === undefined) throw new Error('no pool');
    return first;
  };
  return { fleet, hosts, status };
}

/** How many containers of ours each engine has, whatever the hub believes. */
const onEngines = (): Promise<number[]> =>
  Promise.all(
    yard.hosts.map(async ({ socketPath }) => {
      const docker = new Dockerode({ socketPath });
      return (await docker.listContainers({ all: true, filters })).length;
    }),
  );

const warm = ({ status }: Scene, count: number): Promise<unknown> =>
  eventually(() => status().warm === count, `${count} warm containers`, 60_000);

describe.runIf(canOpenYard())('a fleet on two Docker hosts over mutual TLS', () => {
  beforeAll(async () => {
    yard = await openYard(2, IMAGE);
  });

  afterEach(async () => {
    for (const { comeBack } of yard.hosts) comeBack();
    await Promise.all(undo.splice(0).map((each) => each()));
    expect(await onEngines()).toEqual([0, 0]);
  });

  afterAll(async () => {
    await yard?.[Symbol.asyncDispose]();
  });

  it('refuses a hub without a certificate of the authority', async () => {
    const [first] = yard.hosts;
    if (first === undefined) throw new Error('no host');
    const bare = new Dockerode({ host: first.host, port: first.port, protocol: 'https' });
    await expect(bare.ping()).rejects.toThrow();
    await engineOf(first).ping();
  });

  it('spreads, says why there is no more room, and goes on when there is', async () => {
    const scene = await aScene({ minIdle: 2, max: 6 }, { slots: 2 });
    await warm(scene, 2);
    expect(await onEngines()).toEqual([1, 1]);
    const claims = [scene.fleet.claim(pool), scene.fleet.claim(pool), scene.fleet.claim(pool)];
    const claimed = await Promise.all(claims);
    await warm(scene, 1);
    const last = await scene.fleet.claim(pool);
    expect(() => scene.fleet.demandRoom(pool)).toThrow(/host yard-1: its 2 slots are taken/);
    await expect(scene.fleet.claim(pool)).rejects.toMatchObject({ code: 'host-full' });
    await scene.fleet.release(last.container);
    await warm(scene, 1);
    for (const { container } of claimed) await scene.fleet.release(container);
  });

  it('empties a host that is drained, and uses it again when it is opened', async () => {
    const scene = await aScene({ minIdle: 2, max: 4 });
    await warm(scene, 2);
    scene.hosts.order(hostName('yard-1'), 'drain');
    await eventually(async () => (await onEngines())[0] === 0, 'an empty host', 20_000);
    await warm(scene, 2);
    expect(await onEngines()).toEqual([0, 2]);
    scene.hosts.order(hostName('yard-1'), 'reopen');
    const { at, container } = await scene.fleet.claim(pool);
    expect(at).toBe('yard-2');
    await eventually(async () => (await onEngines())[0] === 1, 'a container there', 20_000);
    await scene.fleet.release(container);
  });

  it('notices within 10 s that a host vanished, loses what ran there, and takes it back', async () => {
    const scene = await aScene({ minIdle: 0, max: 4 });
    const claims = [await scene.fleet.claim(pool), await scene.fleet.claim(pool)];
    const victim = claims.find(({ at }) => at === 'yard-1');
    const other = claims.find(({ at }) => at === 'yard-2');
    if (victim === undefined || other === undefined) throw new Error('not spread');
    const sink = { stdout: () => undefined, stderr: () => undefined };
    const command = { argv: ['sleep', '600'], cwd: '/', env: victim.host.facts.env };
    const step = victim.host.exec(command, sink, new AbortController().signal);
    yard.hosts[0]?.vanish();
    const vanishedAt = Date.now();
    await eventually(() => victim.lost.aborted, 'the loss', 15_000);
    expect(Date.now() - vanishedAt).toBeLessThan(10_000);
    // The step does not hang on a connection that leads nowhere.
    await expect(step).rejects.toMatchObject({ code: 'docker-down' });
    expect(other.lost.aborted).toBe(false);
    await scene.fleet.release(victim.container);
    const next = await scene.fleet.claim(pool);
    expect(next.at).toBe('yard-2');
    yard.hosts[0]?.comeBack();
    await eventually(async () => (await onEngines())[0] === 0, 'the end of what it lost', 30_000);
    const isUp = () => scene.hosts.all()[0]?.health.state === 'up';
    await eventually(isUp, 'the return of the host', 30_000);
    const back = await scene.fleet.claim(pool);
    expect(back.at).toBe('yard-1');
    for (const { container } of [other, next, back]) await scene.fleet.release(container);
  });
});
