import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.ts';
import { copyImage, pingEngine } from './private-engine.ts';
import { removeMounted } from './remove-mounted.ts';

/** A Docker host of a test: an engine in a network namespace of its own, reached over mutual TLS. */
export interface YardHost {
  readonly name: string;
  /** `tcp://ADDRESS:PORT`. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** For the test's own looks; the hub does not know it. */
  readonly socketPath: string;
  /** Its cable is pulled: packets to and from it are lost, and what runs there runs on. */
  vanish(): void;
  comeBack(): void;
  /** As a service manager restarts it, with its containers. */
  restart(): Promise<void>;
}

export interface Yard extends AsyncDisposable {
  readonly hosts: readonly YardHost[];
  /** Files that a hub shows and trusts. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

const run = (command: string, ...args: string[]): void =>
  void execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
const ip = (...args: string[]): void => run('ip', ...args);

/** Whether a yard can be opened here. */
export const canOpenYard = (): boolean =>
  process.getuid?.() === 0 &&
  ['ip', 'openssl', 'nsenter', 'dockerd'].every(
    (program) => spawnSync('which', [program], { stdio: 'ignore' }).status === 0,
  );

/** Needs root, iproute2, openssl and the dockerd binary. */
export async function openYard(count: number, image: string): Promise<Yard> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rh-yard-'));
  const tag = `rh${randomBytes(3).toString('hex')}`;
  const net = `10.78.${randomInt(1, 255)}`;
  const undo: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
    removeMounted(dir);
  };
  try {
    const tls = makeCertificates(dir, net, count);
    openSwitch(tag, net, undo);
    const hosts: YardHost[] = [];
    for (let number = 1; number <= count; number += 1) {
      hosts.push(await openHost({ dir, tag, net, number, undo }));
    }
    await Promise.all(
      hosts.map(({ socketPath }) => copyImage(image, '/var/run/docker.sock', socketPath)),
    );
    return { hosts, tls, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An authority, one certificate for all engines and one for the hub. */
function makeCertificates(dir: string, net: string, count: number): Yard['tls'] {
  const at = (name: string): string => path.join(dir, name);
  const openssl = (...args: string[]): void => run('openssl', ...args);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-x509', '-days', '1', '-subj', '/CN=yard', '-keyout', at('ca-key.pem')];
  openssl('req', ...newKey, ...authority, '-out', at('ca.pem'));
  const addresses = Array.from({ length: count }, (_, index) => `IP:${net}.${11 + index}`);
  const sign = (name: string, extension: string): void => {
    writeFileSync(at(`${name}.ext`), extension);
    const request = ['-subj', `/CN=${name}`, '-keyout', at(`${name}-key.pem`)];
    openssl('req', ...newKey, ...request, '-out', at(`${name}.csr`));
    const by = ['-CA', at('ca.pem'), '-CAkey', at('ca-key.pem'), '-CAcreateserial', '-days', '1'];
    const files = [
      '-in',
      at(`${name}.csr`),
      '-out',
      at(`${name}.pem`),
      '-extfile',
      at(`${name}.ext`),
    ];
    openssl('x509', '-req', ...by, ...files);
  };
  sign('engine', `subjectAltName=${addresses.join(',')}\nextendedKeyUsage=serverAuth`);
  sign('hub', 'extendedKeyUsage=clientAuth');
  return { ca: at('ca.pem'), cert: at('hub.pem'), key: at('hub-key.pem') };
}

/** A bridge in a namespace of its own: the machine's engine would drop what crosses one beside it. */
function openSwitch(tag: string, net: string, undo: Undo): void {
  ip('netns', 'add', `${tag}s`);
  undo.push(() => ip('netns', 'del', `${tag}s`));
  ip('-n', `${tag}s`, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', `${tag}s`, 'link', 'set', 'br0', 'up');
  ip('link', 'add', `${tag}h`, 'type', 'veth', 'peer', 'name', 'hub', 'netns', `${tag}s`);
  undo.push(() => ip('link', 'del', `${tag}h`));
  ip('-n', `${tag}s`, 'link', 'set', 'hub', 'master', 'br0', 'up');
  ip('addr', 'add', `${net}.1/24`, 'dev', `${tag}h`);
  ip('link', 'set', `${tag}h`, 'up');
}

type Undo = (() => void | Promise<void>)[];

interface Place {
  readonly dir: string;
  readonly tag: string;
  readonly net: string;
  readonly number: number;
  readonly undo: Undo;
}

async function openHost({ dir, tag, net, number, undo }: Place): Promise<YardHost> {
  const namespace = `${tag}d${number}`;
  const cable = `p${number}`;
  const host = `${net}.${10 + number}`;
  ip('netns', 'add', namespace);
  undo.push(() => ip('netns', 'del', namespace));
  const peer = ['peer', 'name', 'eth0', 'netns', namespace];
  ip('-n', `${tag}s`, 'link', 'add', cable, 'type', 'veth', ...peer);
  ip('-n', `${tag}s`, 'link', 'set', cable, 'master', 'br0', 'up');
  ip('-n', namespace, 'addr', 'add', `${host}/24`, 'dev', 'eth0');
  for (const device of ['eth0', 'lo']) ip('-n', namespace, 'link', 'set', device, 'up');
  const folder = path.join(dir, String(number));
  mkdirSync(folder);
  const daemon = createDaemon(dir, folder, namespace, `tcp://${host}:2376`);
  await daemon.start();
  undo.push(daemon.stop);
  const cableTo = (state: string) => ip('-n', `${tag}s`, 'link', 'set', cable, state);
  return {
    ...{ name: `yard-${number}`, host, port: 2376, address: `tcp://${host}:2376` },
    socketPath: daemon.socketPath,
    vanish: () => cableTo('down'),
    comeBack: () => cableTo('up'),
    async restart() {
      await daemon.stop();
      await daemon.start();
    },
  };
}

function createDaemon(dir: string, folder: string, namespace: string, address: string) {
  const at = (name: string): string => path.join(folder, name);
  const socketPath = at('d.sock');
  const pem = (name: string): string => path.join(dir, `${name}.pem`);
  let daemon: ChildProcess | undefined;
  return {
    socketPath,
    async start(): Promise<void> {
      rmSync(at('pid'), { force: true });
      const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')];
      const doors = ['-H', `unix://${socketPath}`, '-H', address, '--tlsverify'];
      const keys = [
        '--tlscacert',
        pem('ca'),
        '--tlscert',
        pem('engine'),
        '--tlskey',
        pem('engine-key'),
      ];
      const alone = ['--iptables=false', `--cgroup-parent=/${namespace}`];
      const log = openSync(at('log'), 'a');
      const argv = ['dockerd', ...doors, ...keys, ...places, ...alone];
      // Not `ip netns exec`: that would mount /sys anew and hide the cgroups.
      daemon = spawn('nsenter', [`--net=/run/netns/${namespace}`, ...argv], {
        stdio: ['ignore', log, log],
      });
      await eventually(() => pingEngine(socketPath), 'an engine of the yard', 60_000).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}\n${readFileSync(at('log'), 'utf8').slice(-2000)}`);
        },
      );
    },
    async stop(): Promise<void> {
      if (daemon === undefined || daemon.exitCode !== null) return;
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await ended;
    },
  };
}
