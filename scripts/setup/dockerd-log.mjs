import { lastLines } from './run-command.mjs';

/**
 * The log without the routine messages, which hide the one that matters.
 * @param {string} log
 * @returns {string}
 */
export function tellingLines(log) {
  const lines = log.split('\n').filter((line) => !/\blevel=(info|debug)\b/.test(line));
  return lastLines(lines.some(Boolean) ? lines.join('\n') : log, 20);
}
