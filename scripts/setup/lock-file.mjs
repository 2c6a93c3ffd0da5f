import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProcess } from './process-info.mjs';
import { SetUpError } from './set-up-error.mjs';

const POLL_MS = 200;
const DEADLINE_MS = 20 * 60_000;

/** @param {number} pid @returns {string} */
export function lockContent(pid) {
  return `${pid} ${readProcess(pid)?.started ?? ''}\n`;
}

/**
 * Whether the process that wrote this lock is still there.
 * @param {string} content
 * @returns {boolean}
 */
export function isHeld(content) {
  const [pidText, started = ''] = content.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  // Only where there is no /proc does a lock come without a start time.
  if (started) return readProcess(pid)?.started === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH';
  }
}

/** @param {string} file @returns {string | undefined} */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} file @returns {boolean} */
function tryToTake(file) {
  // The file appears with its content in one step: nobody sees an empty lock.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, lockContent(process.pid));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} file
 * @param {string} content what the stale lock was seen to contain
 */
function removeStale(file, content) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    // Somebody else may have replaced it between the look and the rename.
    if (read(aside) !== content) linkSync(aside, file);
  } catch {
    // Gone, or taken anew: the next attempt sees it.
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Runs the work while holding the lock; waits for another holder to finish.
 * @template T
 * @param {string} file
 * @param {(pid: string) => void} onWait
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, onWait, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  const deadline = Date.now() + DEADLINE_MS;
  for (let waited = false; !tryToTake(file); waited = true) {
    const content = read(file);
    if (content === undefined) continue;
    if (!isHeld(content)) {
      removeStale(file, content);
      continue;
    }
    const pid = content.split(' ')[0] ?? '';
    if (!waited) onWait(pid);
    if (Date.now() > deadline) {
      throw new SetUpError(`another set-up (process ${pid}) has not finished`, [
        `Wait for it, or end it and remove ${file}.`,
      ]);
    }
    await sleep(POLL_MS);
  }
  const release = () => {
    if (read(file) === lockContent(process.pid)) rmSync(file, { force: true });
  };
  process.on('exit', release); // also when a signal ends this program
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
