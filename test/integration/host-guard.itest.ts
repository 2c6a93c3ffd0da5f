import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { readGateway } from '../../src/adapters/docker/engine-standin.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { DEFAULT_WALLS, type PoolWalls } from '../../src/contract/pool-walls.ts';
import { installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import type { ContainerEngine } from '../../src/ports/container-engine.ts';
import type { UnitHost } from '../../src/ports/job-containers.ts';
import { createRecordingLog } from '../support/logs.ts';
import { runtimesFolder } from '../support/runtimes.ts';
import { say } from '../support/say.ts';

const SOCKET = '/var/run/docker.sock';
const IMAGE = 'runnerhub/job:bookworm';
const docker = new Dockerode();
const tag = randomBytes(4).toString('hex');
const installation = installationId(`test-guard-${tag}`);
const gateway = (await readGateway(SOCKET)) ?? '';

const engineFor = (standin?: string): ContainerEngine =>
  createDockerEngine({
    address: { socketPath: SOCKET },
    standin,
    clock: systemClock,
    log: createRecordingLog(),
    runtimesFolder,
    openStepHost: ({ docker: engineOf, id, user, paths }) =>
      createDockerStepHost({ docker: engineOf, containerId: id, user, paths }),
  });
const engine = engineFor();

async function openJob(from: ContainerEngine, walls: Partial<PoolWalls> = {}): Promise<UnitHost> {
  const id = await from.create({
    ...{ installation, instance: instanceId('guard'), pool: poolName('guard'), image: IMAGE },
    ...{ cpuMillis: 1_000, memoryMb: 256, pids: 64, user: 'runner' },
    walls: { ...DEFAULT_WALLS, ...walls },
  });
  return from.open(id);
}

/** Tries to connect, by the way that the kernel chooses or straight out of the network's interface. */
const attempt = (address: string, port: number): string => `python3 -c '
import socket
for bound in (False, True):
    connection = socket.socket()
    connection.settimeout(1)
    try:
        if bound: connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        connection.connect(("${address}", ${port}))
        print("reached")
    except OSError: print("closed")'`;
const CLOSED = 'closed\nclosed\n';

/** Answers on every address of this machine, as a careless server does. */
const greet = (socket: Socket) => socket.on('error', () => undefined).end('hello');
const server = createServer(greet);
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  for (const { id } of await engine.owned(installation)) await engine.destroy(id);
  await engine.sweep(installation, []);
  const filters = { label: [`com.runnerhub.test=${tag}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true });
  }
  await new Promise((resolve) => server.close(resolve));
});

/** A container of somebody else that listens on port 8000; answers its address. */
async function startNeighbour(): Promise<string> {
  const container = await docker.createContainer({
    ...{ Image: IMAGE, Entrypoint: ['python3', '-m', 'http.server', '8000', '-d', '/opt'] },
    Labels: { 'com.runnerhub.test': tag },
    HostConfig: { Memory: 64e6, MemorySwap: 64e6, PidsLimit: 16 },
  });
  await container.start();
  const { NetworkSettings } = await container.inspect();
  return NetworkSettings.Networks['bridge']?.IPAddress ?? '';
}

describe('a job with open egress', () => {
  let host: UnitHost;
  beforeAll(async () => {
    host = await openJob(engine);
  });

  it('reaches no port of the machine, at none of its addresses', async () => {
    const own = (await say(host, 'hostname -i')).trim().split('.');
    const first = Number(own[3]) - (Number(own[3]) % 16) + 1;
    const ofItsNetwork = [...own.slice(0, 3), first].join('.');
    expect(await say(host, attempt(ofItsNetwork, port))).toBe(CLOSED);
    expect(await say(host, attempt(gateway, port))).toBe(CLOSED);
  });

  it('reaches no container of another network', async () => {
    expect(await say(host, attempt(await startNeighbour(), 8000))).toBe(CLOSED);
  });

  it('reaches no other job', async () => {
    const other = await openJob(engine);
    await say(other, 'cd /tmp && (python3 -m http.server 8000 >/dev/null 2>&1 &) ; sleep 1');
    const address = (await say(other, 'hostname -i')).trim();
    const here = `curl -s -o /dev/null -m 2 http://${address}:8000/ && echo up`;
    expect(await say(other, here)).toBe('up\n');
    expect(await say(host, attempt(address, 8000))).toBe(CLOSED);
  });
});

describe('a job with closed egress', () => {
  it('cannot even throw a packet at the machine', async () => {
    const heard: string[] = [];
    const socket = createSocket('udp4').on('message', (message) => heard.push(String(message)));
    await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve));
    const host = await openJob(engine, { egress: 'none' });
    await say(
      host,
      `python3 -c '
import socket
thrower = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
thrower.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
for _ in range(5):
    try: thrower.sendto(b"from a job", ("${gateway}", ${socket.address().port}))
    except OSError: pass'; sleep 1`,
    );
    socket.close();
    expect(heard).toEqual([]);
    expect(await say(host, attempt(gateway, port))).toBe(CLOSED);
  });
});

describe('a job of a hub that works for a stand-in', () => {
  it('reaches the stand-in and nothing beside it, and only while such jobs are there', async () => {
    const other = createServer(greet);
    await new Promise<void>((resolve) => other.listen(0, gateway, resolve));
    const beside = (other.address() as AddressInfo).port;
    const withStandin = engineFor(`${gateway}:${port}`);
    const host = await openJob(withStandin);
    expect(await say(host, attempt(gateway, port))).toMatch(/^reached\n/);
    expect(await say(host, attempt(gateway, beside))).toBe(CLOSED);
    for (const { id } of await engine.owned(installation)) await withStandin.destroy(id);
    expect(await say(await openJob(engine), attempt(gateway, port))).toBe(CLOSED);
    other.close();
  });
});
