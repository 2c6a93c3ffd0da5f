import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { commandLine, isAlive } from './process-identity.ts';

/** Signals of the postmaster: fast shutdown, immediate shutdown, and what cannot be refused. */
const LADDER = [
  { signal: 'SIGINT', waitMs: 8_000 },
  { signal: 'SIGQUIT', waitMs: 4_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

const POLL_MS = 10;

const pidFile = (folder: string) => path.join(folder, 'postmaster.pid');

/** The pid of the server that runs on the folder, checked to be really one; else null. */
export function serverPid(folder: string): number | null {
  const pid = Number(lines(folder)[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return null;
  return commandLine(pid).includes(` -D ${folder} `) ? pid : null;
}

/** The last line of the pid file says `ready` as soon as connections are accepted. */
export const isReady = (folder: string): boolean => lines(folder)[7]?.trim() === 'ready';

/**
 * Stops the server that runs on the folder, if there is one: fast, then immediately. Its data stays
 * whole in every case. Removes a pid file that a dead server left, since PostgreSQL would take any
 * later process with that pid for its own.
 */
export async function stopServer(folder: string): Promise<void> {
  const pid = serverPid(folder);
  if (pid === null) {
    rmSync(pidFile(folder), { force: true });
    return;
  }
  for (const { signal, waitMs } of LADDER) {
    send(pid, signal);
    if (await ended(pid, waitMs)) return;
  }
  throw new AppError('database-down', `The database server ${pid} does not end.`);
}

/** Resolves with whether the process ended within the time. */
async function ended(pid: number, withinMs: number): Promise<boolean> {
  for (const until = Date.now() + withinMs; isAlive(pid); await pause()) {
    if (Date.now() > until) return false;
  }
  return true;
}

export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

function lines(folder: string): string[] {
  try {
    return readFileSync(pidFile(folder), 'utf8').split('\n');
  } catch {
    return [];
  }
}
