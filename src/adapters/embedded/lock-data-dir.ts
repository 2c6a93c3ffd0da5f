import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { isAlive, startMark } from './process-identity.ts';

interface Holder {
  readonly pid: number;
  /** See `startMark`; tells a hub from a later process that got its pid. */
  readonly mark: string | null;
}

const ATTEMPTS = 5;

/**
 * Takes a data folder for this process, making it if need be. Dispose to give it back; a lock whose
 * process has ended does not count. `setting` is what chooses the folder. Throws `AppError('conflict')` when another hub has the folder.
 */
export function lockDataDir(dir: string, setting = 'RUNNERHUB_DATA_DIR'): Disposable {
  makeDataDir(dir);
  const file = path.join(dir, 'hub.lock');
  const content = JSON.stringify({ pid: process.pid, mark: startMark(process.pid) });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (takeLock(file, content)) return { [Symbol.dispose]: () => giveBack(file, content) };
    const found = read(file);
    const holder = parse(found);
    if (holder !== null && isHolding(holder)) {
      throw new AppError(
        'conflict',
        `Another RunnerHub (process ${holder.pid}) uses the data folder ${dir}. ` +
          `Stop it, or choose another folder (${setting}).`,
      );
    }
    if (found !== null) removeStale(file, found);
  }
  throw new AppError('conflict', `The lock of the data folder ${dir} is contended; try again.`);
}

/** The folder lets others pass through but not look in; what is secret in it has mode 0600. */
export function makeDataDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  writeFileSync(path.join(dir, '.gitignore'), '*\n');
}

/** A hard link appears with its content or not at all. */
function takeLock(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Moves the lock aside before it is removed: if it was not the stale one any more, because another
 * starter was faster, it is put back.
 */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== stale) linkSync(aside, file);
  } catch {
    // Somebody else removed it, or has taken the lock anew; the next attempt sees which.
  }
  rmSync(aside, { force: true });
}

function giveBack(file: string, content: string): void {
  if (read(file) === content) rmSync(file, { force: true });
}

const isHolding = ({ pid, mark }: Holder): boolean =>
  isAlive(pid) && (mark === null || mark === startMark(pid));

function parse(text: string | null): Holder | null {
  try {
    const value = JSON.parse(text ?? '');
    return typeof value?.pid === 'number' ? { pid: value.pid, mark: value.mark ?? null } : null;
  } catch {
    return null;
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
