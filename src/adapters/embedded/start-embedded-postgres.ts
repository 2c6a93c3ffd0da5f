import { createServer } from 'node:net';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { type ClusterPlace, clusterPlace, OUTSIDE_DIR, sweepOrphans } from './cluster-place.ts';
import { initCluster, SUPERUSER } from './init-cluster.ts';
import { makeDataDir } from './lock-data-dir.ts';
import { isReady, pause, serverPid, stopServer } from './postmaster.ts';
import { type ServerBinaries, serverBinaries } from './server-binaries.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { type ServiceUser, serviceUser } from './service-user.ts';

export interface EmbeddedPostgres {
  /** Of a superuser, with the password: never log it. */
  readonly url: string;
  /** Fast, then immediate shutdown. Repeatable. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** The caller holds its lock (see `lockDataDir`). */
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
  /** For clusters and programs that the data folder cannot hold; a fixed system folder unless told. */
  readonly outsideDir?: string;
}

const START_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

/**
 * Starts PostgreSQL on a data folder, as a child process on a free port of 127.0.0.1; the first time
 * it makes the database. A server that a killed hub left there is stopped first; one that runs
 * beside a hub that gets killed stops by itself.
 *
 * Throws `AppError('database-down')` with what the server said.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { log, clock, outsideDir = OUTSIDE_DIR } = options;
  const dataDir = path.resolve(options.dataDir);
  const begunAt = clock.now();
  makeDataDir(dataDir);
  const user = serviceUser();
  const binaries = serverBinaries(user, outsideDir);
  const place = clusterPlace(dataDir, user, outsideDir);
  if (user !== null) {
    const swept = await sweepOrphans(outsideDir);
    if (swept.length > 0) log.info('orphaned databases removed', { folders: swept });
  }
  if (serverPid(place.folder) !== null) log.warn('database of a killed hub found, stopping it');
  await stopServer(place.folder);
  await initCluster(place, binaries, user);
  const { server, port } = await startWithRetries(place, binaries, user);
  server.child.once('exit', reportExit);
  log.info('embedded database started', { port, ms: clock.now() - begunAt });
  return {
    url: `postgres://${SUPERUSER}:${place.password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      const isOver = server.child.exitCode !== null || server.child.signalCode !== null;
      server.child.off('exit', reportExit);
      if (!isOver) await stopServer(place.folder);
      log.info('embedded database stopped');
    },
  };

  function reportExit(code: number | null) {
    log.error('embedded database ended by itself', { code, output: server.lastOutput() });
  }
}

/** Another program may take the port first, and the memory of a killed server is freed with a delay. */
async function startWithRetries(
  place: ClusterPlace,
  binaries: ServerBinaries,
  user: ServiceUser | null,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const server = startServerProcess(place.folder, port, binaries, user);
    try {
      await untilReady(place.folder, server);
      return { server, port };
    } catch (error) {
      await stopServer(place.folder);
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function untilReady(folder: string, { child, lastOutput }: ServerProcess): Promise<void> {
  let isOver = false;
  child.once('exit', () => {
    isOver = true;
  });
  child.once('error', () => {
    isOver = true;
  });
  const until = Date.now() + START_TIMEOUT_MS;
  while (!isReady(folder)) {
    if (isOver || Date.now() > until) {
      const what = isOver ? 'ended at once' : `was not ready after ${START_TIMEOUT_MS / 1000} s`;
      throw new AppError('database-down', `The embedded database ${what}: ${lastOutput()}`);
    }
    await pause();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
