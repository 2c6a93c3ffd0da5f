import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Addresses, createAddress } from './address.ts';
import type { StandinClock, StandinLog } from './dependencies.ts';
import { createParts } from './parts.ts';

export interface StandinDeps {
  readonly log: StandinLog;
  readonly clock: StandinClock;
}

export interface StandinOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Git repositories and logs live here. */
  readonly dataDir: string;
  /** What REST, git and the management API accept as a credential. */
  readonly token: string;
  /** The address that clients use, where it is not `http://host:port`. Without a slash at the end. */
  readonly publicUrl?: string;
}

export interface Standin {
  /** Begins to listen; the address under which everything is served. */
  start(): Promise<{ readonly url: string }>;
  /** Answers open polls, ends children and timers, and closes every connection. */
  stop(): Promise<void>;
}

/** GitHub on this machine, at the wire: REST, git, webhooks and the runner service (protocol A to M). */
export function createStandin({ log, clock }: StandinDeps, options: StandinOptions): Standin {
  let addresses: Addresses = { url: '' };
  const stopping = new AbortController();
  const parts = createParts(
    { log, clock, address: createAddress(() => addresses), stopping: stopping.signal },
    { token: options.token, dataDir: options.dataDir },
  );
  const server = createServer(parts.app);

  return {
    async start() {
      await parts.prepare();
      await listen(server, options);
      const { port } = server.address() as AddressInfo;
      const url = options.publicUrl ?? `http://${hostInUrl(options.host)}:${port}`;
      addresses = { url };
      parts.feed.attach(server);
      log.info('stand-in started', { url, dataDir: join(options.dataDir) });
      return { url };
    },
    async stop() {
      stopping.abort();
      parts.feed.stop();
      await close(server);
      await parts.stop();
      log.info('stand-in stopped');
    },
  };
}

const hostInUrl = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

const listen = (server: Server, { host, port }: StandinOptions): Promise<void> =>
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
