import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * When the process was started, in a form that only this machine since its boot understands; null
 * where the system does not tell. With the pid it names one process for good.
 */
export function startMark(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  // The name in brackets may hold anything; field 22 is counted from behind it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** The arguments that a process was started with, joined by blanks; empty when it is not there. */
export function commandLine(pid: number): string {
  const line = readText(`/proc/${pid}/cmdline`);
  if (line !== null) return line.replaceAll('\0', ' ');
  if (process.platform === 'linux') return '';
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

/** Ended, but not yet waited for by its parent. */
function isZombie(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).startsWith('Z') ?? false;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}
