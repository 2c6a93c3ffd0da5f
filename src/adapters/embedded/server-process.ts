import { type ChildProcess, spawn } from 'node:child_process';
import type { ServerBinaries } from './server-binaries.ts';
import type { ServiceUser } from './service-user.ts';

/**
 * Runs the server and ends it when standard input ends, which the kernel sees to when the hub dies,
 * however it dies. The server gets its own session, so that Ctrl-C in a terminal reaches the hub
 * alone and the hub can stop in order. The watch ends before the server's pid can become another's.
 */
const GUARD = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( cat <&3 >/dev/null; kill -INT $server ) 2>/dev/null &
watch=$!
exec 3<&-
wait $server
code=$?
kill $watch
exit $code`;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '512MB',
  // Durable: a commit is on the disk when it returns.
  synchronous_commit: 'on',
  autovacuum_naptime: '20s',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
} as const;

export interface ServerProcess {
  readonly child: ChildProcess;
  /** The last lines that it wrote. */
  lastOutput(): string;
}

export function startServerProcess(
  folder: string,
  port: number,
  binaries: ServerBinaries,
  user: ServiceUser | null,
): ServerProcess {
  const settings = Object.entries({ ...SETTINGS, port: String(port) });
  const args = ['-D', folder, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const child = spawn('/bin/sh', ['-c', GUARD, 'runnerhub-postgres', binaries.postgres, ...args], {
    ...user,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output = (output + chunk).slice(-4000);
  });
  child.stdin?.on('error', () => undefined);
  // Ends the guard's watch when the server ended by itself.
  child.on('exit', () => child.stdin?.destroy());
  return { child, lastOutput: () => output.trim() };
}
