import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock-file.mjs';
import { createProgress } from './progress.mjs';
import { runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {import('./progress.mjs').Stage} Stage */

const STAMP = path.join('node_modules', '.runnerhub-stamp');

/** @param {string} file @returns {string | undefined} */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * What an installation depends on: the lock file and, because native modules
 * are built for one, the major version of Node.
 * @param {string} lockFile its content
 * @param {string} nodeVersion for example 20.11.0
 * @returns {string}
 */
export function dependencyStamp(lockFile, nodeVersion) {
  const hash = createHash('sha256').update(lockFile).digest('hex');
  return `${hash} node-${nodeVersion.split('.')[0]}\n`;
}

/**
 * @param {{ lockFile: string | undefined, stamp: string | undefined, nodeVersion: string }} facts
 * @returns {'ok' | 'install' | 'no-lock-file'}
 */
export function decideDependencies({ lockFile, stamp, nodeVersion }) {
  if (lockFile === undefined) return 'no-lock-file';
  return stamp === dependencyStamp(lockFile, nodeVersion) ? 'ok' : 'install';
}

/** @param {string} root */
function look(root) {
  return {
    lockFile: read(path.join(root, 'package-lock.json')),
    stamp: read(path.join(root, STAMP)),
    nodeVersion: process.versions.node,
  };
}

/**
 * The first errors that npm reports; after those comes its help text.
 * @param {string} output
 * @returns {string}
 */
export function npmErrors(output) {
  const lines = output.split('\n').filter((line) => /^npm (error|ERR!)\s+\S/.test(line));
  return lines.slice(0, 8).join('\n') || output;
}

/**
 * Folders with a package-lock.json: of the hub, and of the node programs that actions run with.
 * @param {string} root
 */
const folders = (root) => [root, path.join(root, 'runtimes')];

/**
 * Whether the installed npm packages are those of the lock files.
 * @param {string} root
 * @returns {boolean}
 */
export function hasDependencies(root) {
  return folders(root).every((folder) => decideDependencies(look(folder)) === 'ok');
}

/** @param {string} root @param {Stage} stage */
async function install(root, stage) {
  const facts = look(root);
  // Another set-up may have done it while this one waited for the lock.
  if (decideDependencies(facts) === 'ok') return;
  stage.step('installing npm packages (npm ci)');
  try {
    await runCommand('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new SetUpError(`the npm packages could not be installed\n${npmErrors(message)}`, [
      `cd '${root}' && npm ci`,
    ]);
  }
  writeFileSync(path.join(root, STAMP), dependencyStamp(facts.lockFile ?? '', facts.nodeVersion));
}

/**
 * Installs the npm packages unless they are those of the lock files.
 * @param {string} root the directory of package.json
 * @param {Stage} [stage]
 */
export async function ensureDependencies(root, stage = createProgress().stage('dependencies')) {
  for (const folder of folders(root)) await ensureFolder(folder, stage);
  stage.ok();
}

/**
 * Installs the packages of one folder unless they are those of its lock file.
 * @param {string} root
 * @param {Stage} stage
 */
export async function ensureFolder(root, stage) {
  const decision = decideDependencies(look(root));
  if (decision === 'no-lock-file') {
    if (!existsSync(path.join(root, 'package.json'))) return;
    throw new SetUpError(`there is no package-lock.json in ${root}`, [
      'Restore it with: git checkout -- package-lock.json',
    ]);
  }
  if (decision === 'install') {
    const lock = path.join(root, '.runnerhub', 'dependencies.lock');
    const onWait = (/** @type {string} */ pid) =>
      stage.step(`waiting for another set-up (process ${pid})`);
    await withLock(lock, onWait, () => install(root, stage));
  }
}
