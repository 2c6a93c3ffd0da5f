import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { CLOSED_RANGES } from '../../domain/egress.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { asking } from './engine-errors.ts';
import { GUARD_PART, LABELS } from './engine-layout.ts';
import { BRIDGE_PREFIX } from './engine-networks.ts';
import type { StandinPlace } from './engine-standin.ts';
import { GUARD_SCRIPT, GUARDED } from './host-guard-script.ts';

export interface HostGuardDeps {
  readonly docker: Dockerode;
  readonly clock: Clock;
  readonly log: Log;
  /** Jobs may reach it although it is on the machine. */
  readonly standin: StandinPlace | null;
}

/**
 * Closes the engine's machine, and the private networks behind it, to the networks of jobs, by rules
 * of the machine's own firewall. A container does it, for that is all a remote engine offers: in the
 * machine's network, with the right to change it and no other, running the machine's own `iptables`.
 */
export interface HostGuard {
  /**
   * Makes sure that the rules are there; looks again after ten minutes at the earliest. Where they
   * cannot be made, the log says what is open, and jobs run all the same.
   */
  ensure(image: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** No job of this hub is left: takes the exception for the stand-in away. The rules stay. */
  rest(): Promise<void>;
}

const FRESH_MS = 600_000;
const RETRY_MS = 30_000;
const MIB = 1024 * 1024;

interface Standing {
  /** When to look again. */
  readonly until: number;
  /** Ends the container that keeps the exception for the stand-in. */
  readonly release: () => Promise<void>;
  readonly stands: () => boolean;
}

export function createHostGuard(deps: HostGuardDeps): HostGuard {
  let current: Promise<Standing> | null = null;
  let warned = false;

  const failed = (error: unknown): Standing => {
    const detail = messageOf(error);
    if (!warned) deps.log.warn('the firewall does not keep jobs from this machine', { detail });
    warned = true;
    const until = deps.clock.now() + RETRY_MS;
    return { until, release: async () => undefined, stands: () => true };
  };
  return {
    async ensure(image, labels) {
      const standing = await current;
      if (standing !== null && deps.clock.now() < standing.until && standing.stands()) return;
      // Whoever comes meanwhile waits for the same look.
      if (current === null || standing === (await current)) {
        const released = standing === null ? Promise.resolve() : standing.release();
        current = released.then(() => install(deps, image, labels)).catch(failed);
      }
      await current;
    },
    async rest() {
      if (deps.standin === null || current === null) return;
      const ending = current;
      current = null;
      await (await ending).release();
    },
  };
}

async function install(
  { docker, clock, standin }: HostGuardDeps,
  image: string,
  labels: Readonly<Record<string, string>>,
): Promise<Standing> {
  const what = "closing the machine to jobs' networks";
  const container = await asking(what, () =>
    docker.createContainer(guardOptions(image, labels, standin)),
  );
  // Hijacked, it is the connection itself.
  const stream = (await asking(what, () =>
    container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true }),
  )) as Duplex;
  const gone = asking(what, () => container.wait({ condition: 'removed' })).catch(() => undefined);
  await asking(what, () => container.start());
  const said = await firstWords(stream);
  const release = async (): Promise<void> => {
    stream.end();
    await gone;
  };
  if (standin === null || !said.includes(GUARDED)) await release();
  if (!said.includes(GUARDED)) throw new Error(said.replace(/[^\x20-\x7e]+/g, ' ').trim());
  return {
    until: clock.now() + FRESH_MS,
    release,
    stands: () => standin === null || !(stream.destroyed || stream.readableEnded),
  };
}

const guardOptions = (
  image: string,
  labels: Readonly<Record<string, string>>,
  standin: StandinPlace | null,
): Dockerode.ContainerCreateOptions => ({
  Image: image,
  Labels: { ...labels, [LABELS.part]: GUARD_PART },
  User: '0:0',
  WorkingDir: '/',
  Entrypoint: ['chroot', '/host', '/bin/sh', '-c'],
  Cmd: [GUARD_SCRIPT],
  Env: [
    `BRIDGES=${BRIDGE_PREFIX}+`,
    `RANGES=${CLOSED_RANGES.join(' ')}`,
    ...(standin === null ? [] : [`ADDRESS=${standin.address}`, `PORT=${standin.port}`]),
  ],
  // The exception for the stand-in ends with this connection, however the hub ends.
  ...{
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  },
  HostConfig: {
    NetworkMode: 'host',
    UsernsMode: 'host',
    // The machine's own programs; `iptables` keeps its lock in /run.
    Binds: ['/:/host:ro', '/run:/host/run'],
    CapDrop: ['ALL'],
    CapAdd: ['NET_ADMIN', 'NET_RAW', 'SYS_CHROOT'],
    SecurityOpt: ['no-new-privileges:true', 'label=disable'],
    ReadonlyRootfs: true,
    AutoRemove: true,
    Init: true,
    PidsLimit: 32,
    Memory: 64 * MIB,
    MemorySwap: 64 * MIB,
    LogConfig: { Type: 'none', Config: {} },
  },
});

/** What it says until it has done its work or has ended. */
async function firstWords(stream: Duplex): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      if (said.includes(GUARDED)) resolve(said);
    });
    stream.on('error', () => resolve(said));
    stream.on('close', () => resolve(said));
    stream.on('end', () => resolve(said));
  });
}
