/** Prints docs/security/containers.md: what is claimed of containers, from the file that proves it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { DENIED } from './seccomp-profile.mjs';

/**
 * @typedef {{ stops: string, as?: 'root', open?: Record<string, string> }} Line
 * @typedef {{ group: string, lines: Line[] }} Group
 */

const COLUMNS = ['standard', 'sudo', 'hardened'];

/** @param {string} root the folder of the project @returns {string} */
export function securityDocs(root) {
  const read = (/** @type {string} */ name) =>
    readFileSync(path.join(root, 'test', 'security', name), 'utf8');
  /** @type {Group[]} */
  const groups = parse(read('containers.yml'));
  return read('containers.md')
    .replace('<!-- lines -->', groups.map(table).join('\n'))
    .replace('<!-- seccomp -->', seccompList());
}

/** @param {Group} group */
function table({ group, lines }) {
  const notes = [...new Set(lines.flatMap(({ open = {} }) => Object.values(open)))];
  const cell = (/** @type {Line} */ { open = {} }, /** @type {string} */ level) =>
    open[level] === undefined ? 'stopped' : `open (${notes.indexOf(open[level]) + 1})`;
  return [
    `### ${group}\n`,
    `| what a job tries | ${COLUMNS.join(' | ')} |`,
    `| --- |${' --- |'.repeat(COLUMNS.length)}`,
    ...lines.map((line) => {
      const cells = COLUMNS.map((level) => cell(line, level));
      return `| ${line.stops} | ${cells.join(' | ')} |`;
    }),
    '',
    ...notes.map((note, index) => `${index + 1}. ${note}`),
    ...(notes.length === 0 ? [] : ['']),
  ].join('\n');
}

const seccompList = () =>
  DENIED.map(({ why, names }) => {
    const list = names.split(/\s+/).filter(Boolean);
    return `- ${why} \`${list.join('`, `')}\``;
  }).join('\n');
