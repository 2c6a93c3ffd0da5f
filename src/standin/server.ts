import { setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Addresses, createAddress } from './address.ts';
import { type ClockPlan, createOwnClock } from './clock/stand-in-clock.ts';
import type { StandinClock, StandinLog } from './dependencies.ts';
import { createParts } from './parts.ts';
import type { Limits } from './rest/limits/settings.ts';

export interface StandinDeps {
  readonly log: StandinLog;
  readonly clock: StandinClock;
}

export interface StandinOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Git repositories, logs, artifacts and caches live here. */
  readonly dataDir: string;
  /** Whether all else outlives the process, in the same folder. */
  readonly state: 'memory' | 'disk';
  /** How its time passes; as the machine's unless told otherwise. */
  readonly clock?: ClockPlan;
  /** A document of faults to begin with, instead of those in the state (docs/standin.md). */
  readonly faults?: unknown;
  /** What REST, git and the management API accept as a credential. */
  readonly token: string;
  /** The address that clients use, where it is not `http://host:port`. Without a slash at the end. */
  readonly publicUrl?: string;
  /** Rate limits at the start; GitHub's unless told. */
  readonly limits?: Limits;
  /** Address of this machine that job containers reach; it listens there too, on the same port. */
  readonly containerAddress?: string;
}

export interface Standin {
  /** Begins to listen; the address under which everything is served. */
  start(): Promise<{ readonly url: string; readonly port: number }>;
  /** Answers open polls, ends children and timers, and closes every connection. */
  stop(): Promise<void>;
}

/** Clients keep connections for longer than Node's server does by itself, and lose requests then. */
const KEEP_ALIVE = { keepAliveTimeout: 120_000, headersTimeout: 130_000 };

/**
 * GitHub on this machine, at the wire: REST, git, webhooks and the runner service (protocol A to M).
 * Throws `AppError('bad-request')` at `start` for a document of faults with problems.
 */
export function createStandin({ log, clock }: StandinDeps, options: StandinOptions): Standin {
  const ownClock = createOwnClock(clock, options.clock ?? { kind: 'real' });
  let addresses: Addresses = { url: '' };
  const stopping = new AbortController();
  // Every open poll listens to it.
  setMaxListeners(0, stopping.signal);
  const parts = createParts(
    { log, clock: ownClock, address: createAddress(() => addresses), stopping: stopping.signal },
    options,
  );
  const server = createServer(KEEP_ALIVE, parts.app);
  const forContainers = createServer(KEEP_ALIVE, parts.app);
  const { host, containerAddress } = options;

  return {
    async start() {
      await parts.prepare();
      await listen(server, host, options.port);
      const { port } = server.address() as AddressInfo;
      const url = options.publicUrl ?? `http://${hostInUrl(host)}:${port}`;
      addresses = { url, ...addressesOfJobs(containerAddress, port) };
      if (containerAddress !== undefined && !ANY_HOST.includes(host)) {
        await listen(forContainers, containerAddress, port).catch(async (error: unknown) => {
          await close(server);
          throw error;
        });
      }
      parts.feed.attach(server);
      parts.begin();
      log.info('stand-in started', { ...addresses, dataDir: options.dataDir });
      return { url, port };
    },
    async stop() {
      stopping.abort();
      parts.feed.stop();
      await Promise.all([close(server), close(forContainers)]);
      await parts.stop();
      log.info('stand-in stopped');
    },
  };
}

const ANY_HOST: readonly string[] = ['0.0.0.0', '::'];

/**
 * Jobs are told the address as it is, which every program finds; only their web and git address is a
 * name, below `localhost`, because the toolkit takes other names for an Enterprise Server and then
 * refuses artifacts and caches (protocol F.7).
 */
const addressesOfJobs = (address: string | undefined, port: number): Partial<Addresses> =>
  address === undefined
    ? {}
    : { jobUrl: `http://${address}:${port}`, jobServerUrl: `http://github.localhost:${port}` };

const hostInUrl = (host: string): string => {
  if (ANY_HOST.includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Connections that are still busy after this long are cut. */
const GRACE_MS = 2_000;

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(cut);
}
