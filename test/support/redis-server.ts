import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';

const PROGRAM = '/usr/bin/redis-server';

/** Redis is what production uses, so its tests are never skipped: root installs it, others are told. */
function ensureRedis(): void {
  if (existsSync(PROGRAM)) return;
  if (process.getuid?.() !== 0) {
    throw new Error('redis-server is missing: install it (apt-get install redis-server)');
  }
  const options = {
    stdio: 'pipe' as const,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'],
    options,
  );
}

/** A Redis of its own on a free port, without any file. */
export async function startRedis() {
  ensureRedis();
  const dir = await mkdtemp(path.join(os.tmpdir(), 'runnerhub-redis-'));
  const port = await freePort();
  const args = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--dir',
    dir,
    '--save',
    '',
    '--daemonize',
    'no',
  ];
  const child = spawn(PROGRAM, args, { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  client.on('error', () => {});
  await eventually(() => client.ping(), 'redis');
  return {
    url,
    flush: () => client.flushall(),
    stop: async () => {
      client.disconnect();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
