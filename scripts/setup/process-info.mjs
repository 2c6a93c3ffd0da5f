import { readFileSync } from 'node:fs';

/** @typedef {{ name: string, started: string }} ProcessInfo */

/**
 * @param {string} stat the content of /proc/<pid>/stat
 * @returns {ProcessInfo | undefined} undefined for a process that has ended
 *   and only waits for its parent to take notice (a zombie)
 */
export function parseProcessStat(stat) {
  // The name is in parentheses and may contain spaces and parentheses.
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  if (open < 0 || close < open || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // In clock ticks since boot: tells it from a later process with the same id.
  return { name: stat.slice(open + 1, close), started: fields[19] ?? '' };
}

/**
 * @param {number} pid
 * @returns {ProcessInfo | undefined}
 */
export function readProcess(pid) {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}
