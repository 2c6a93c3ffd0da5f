import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { DEFAULT_WALLS, type PoolWalls } from '../../src/contract/pool-walls.ts';
import type { EgressNote } from '../../src/domain/egress.ts';
import { installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import type { UnitHost } from '../../src/ports/job-containers.ts';
import { eventually } from '../support/eventually.ts';
import { createRecordingLog } from '../support/logs.ts';
import { runtimesFolder } from '../support/runtimes.ts';
import { say } from '../support/say.ts';

const IMAGE = 'runnerhub/job:bookworm';
const docker = new Dockerode();
const tag = randomBytes(4).toString('hex');
const installation = installationId(`test-egress-${tag}`);
const Labels = { 'com.runnerhub.test': tag };
/** The "outside" of these tests: an internal network, from which nothing can leave this machine. */
const outside = `rh-test-outside-${tag}`;
const engine = createDockerEngine(
  {
    address: { socketPath: '/var/run/docker.sock' },
    clock: systemClock,
    log: createRecordingLog(),
    runtimesFolder,
    openStepHost: ({ docker: engineOf, id, user, paths }) =>
      createDockerStepHost({ docker: engineOf, containerId: id, user, paths }),
  },
  { outside },
);

async function openJob(walls: Partial<PoolWalls>): Promise<UnitHost> {
  const id = await engine.create({
    ...{ installation, instance: instanceId('egress'), pool: poolName('egress'), image: IMAGE },
    ...{ cpuMillis: 1_000, memoryMb: 256, pids: 64, user: 'runner' },
    walls: { ...DEFAULT_WALLS, ...walls },
  });
  return engine.open(id);
}

/** Says what it was asked by, on the ports of the web and one more. */
const LISTENER = `
import socketserver, threading
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        seen = self.request.recv(4096)
        if self.server.server_address[1] == 80:
            self.request.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello")
        else: self.request.sendall(b"hello %d" % len(seen))
class Server(socketserver.ThreadingTCPServer): allow_reuse_address = True
for port in (80, 443, 2222):
    threading.Thread(target=Server(("0.0.0.0", port), Answer).serve_forever).start()
`;

/** A ClientHello for a name, by hand to any address; prints what comes back. */
const TLS = (name: string, address = name): string => `python3 -c '
import socket, ssl
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="${name}")
try: tls.do_handshake()
except ssl.SSLWantReadError: pass
try:
    connection = socket.create_connection(("${address}", 443), 5)
    connection.sendall(outgoing.read())
    print("said", connection.recv(99))
except OSError as error: print("failed", error)'`;

const WEB = (name: string): string =>
  `curl -s -m 5 -o /tmp/out -w '%{http_code}' http://${name}/; echo " $?"; cat /tmp/out`;

let listenerAddress = '';

beforeAll(async () => {
  await docker.createNetwork({
    ...{ Name: outside, Driver: 'bridge', Internal: true, Labels },
    IPAM: { Driver: 'default', Config: [{ Subnet: '203.0.113.16/28' }] },
  });
  const listener = await docker.createContainer({
    ...{ Image: IMAGE, Labels, Entrypoint: ['python3', '-c', LISTENER] },
    HostConfig: { NetworkMode: outside, Memory: 128e6, MemorySwap: 128e6, PidsLimit: 64 },
    NetworkingConfig: {
      EndpointsConfig: { [outside]: { Aliases: ['good.test', 'other.test', 'git.test'] } },
    },
  });
  await listener.start();
  const { NetworkSettings } = await listener.inspect();
  listenerAddress = NetworkSettings.Networks[outside]?.IPAddress ?? '';
});

afterAll(async () => {
  for (const { id } of await engine.owned(installation)) await engine.destroy(id);
  await engine.sweep(installation, []);
  const filters = { label: [`com.runnerhub.test=${tag}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true, v: true });
  }
  await docker.getNetwork(outside).remove();
});

const notes = async (host: UnitHost, wanted: Partial<EgressNote>): Promise<void> => {
  await eventually(
    async () => {
      const all = (await host.containers?.egressNotes()) ?? [];
      return all.some((note) =>
        Object.entries(wanted).every(([key, value]) => note[key as keyof EgressNote] === value),
      );
    },
    `a note ${JSON.stringify(wanted)}`,
  );
};

describe('a job with an allow list', () => {
  let host: UnitHost;
  beforeAll(async () => {
    host = await openJob({
      egress: 'allow-list',
      allow: ['good.test', 'localhost', 'git.test:2222'],
    });
    await eventually(
      async () => (await say(host, WEB('good.test'))).startsWith('200'),
      'the proxy',
    );
  });

  it('reaches a listed name by HTTP and by TLS', async () => {
    expect(await say(host, WEB('good.test'))).toBe('200 0\nhello');
    expect(await say(host, TLS('good.test'))).toMatch(/^said b'hello \d+'/);
    await notes(host, { verdict: 'allowed', name: 'good.test', port: 443 });
  });

  it('reaches a listed port of a name, which carries no name', async () => {
    const script = 'exec 3<>/dev/tcp/git.test/2222; echo ssh >&3; cat <&3';
    expect(await say(host, `timeout 5 bash -c '${script}'`)).toBe('hello 4');
  });

  it('does not know another name, and the refusal is noted', async () => {
    expect(await say(host, WEB('other.test'))).toMatch(/^000 6\n/);
    await notes(host, { verdict: 'refused', name: 'other.test', port: null });
  });

  it('reaches no other name through the proxy, whatever it writes into its request', async () => {
    const proxied = (header: string) =>
      `curl -s -m 5 -H "Host: ${header}" -w ' %{http_code}' http://good.test/`;
    expect(await say(host, proxied('other.test'))).toMatch(/may not reach other.test.\n 403/);
    await notes(host, { verdict: 'refused', name: 'other.test', port: 80 });
    expect(await say(host, TLS('other.test', 'good.test'))).toMatch(/^(failed|said b'')/);
    await notes(host, { verdict: 'refused', name: 'other.test', port: 443 });
    expect(await say(host, TLS(listenerAddress, 'good.test'))).toMatch(/^(failed|said b'')/);
    await notes(host, { verdict: 'refused', name: '', port: 443 });
  });

  it('is not led to a private address by a listed name', async () => {
    const script = 'curl -s -m 5 -H "Host: localhost" -w " %{http_code}" http://good.test/';
    expect(await say(host, script)).toMatch(/ 403$/);
    await notes(host, {
      verdict: 'refused',
      name: 'localhost',
      why: 'it is at 127.0.0.1, an address of a private network',
    });
  });

  it('has no way but the proxy: not to an address, nor by name servers of its own choice', async () => {
    const script = `python3 -c '
import socket
for address, port in (("${listenerAddress}", 80), ("172.17.0.1", 80)):
    for bound in (False, True):
        connection = socket.socket()
        connection.settimeout(1)
        try:
            if bound: connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
            connection.connect((address, port))
            print("reached", address)
        except OSError as error: print("closed")'`;
    expect(await say(host, script)).toBe('closed\n'.repeat(4));
  });

  it('has its services within reach all the same', async () => {
    const address = (await say(host, 'hostname -i')).trim();
    expect(address).toMatch(/^10\.201\.\d+\.\d+$/);
  });
});

describe('a job that learns', () => {
  it('reaches every name by name, and each is noted', async () => {
    const host = await openJob({ egress: 'learn' });
    await eventually(
      async () => (await say(host, WEB('other.test'))).startsWith('200'),
      'the proxy',
    );
    expect(await say(host, TLS('good.test'))).toMatch(/^said b'hello/);
    await notes(host, { verdict: 'allowed', name: 'other.test', port: 80 });
    await notes(host, { verdict: 'allowed', name: 'good.test', port: 443 });
  });
});

describe('a job without egress', () => {
  it('knows no names, not even by way of the machine, and has no way out', async () => {
    const asked: string[] = [];
    const dns = createSocket('udp4').on('message', (query) => asked.push(query.toString('latin1')));
    await new Promise<void>((resolve) => dns.bind(53, '127.0.0.1', resolve));
    try {
      const host = await openJob({ egress: 'none' });
      expect(await say(host, WEB('good.test'))).toMatch(/^000 6\n/);
      expect(await say(host, WEB(listenerAddress))).toMatch(/^000 (7|28)\n/);
      expect(await host.containers?.egressNotes()).toEqual([]);
      expect(asked).toEqual([]);
    } finally {
      dns.close();
    }
  });
});
