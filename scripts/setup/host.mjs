import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * @typedef {object} Host
 * @property {NodeJS.Platform} platform
 * @property {boolean} root
 * @property {boolean} apt packages can be installed with apt-get
 * @property {boolean} debian Debian itself, not a derivative
 * @property {string} codename of the distribution
 */

// A service manager or cron may leave these out of PATH.
const SYSTEM_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** PATH with the directories of system programs. @returns {string} */
export function systemPath() {
  const given = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return [...new Set([...given, ...SYSTEM_DIRECTORIES])].join(path.delimiter);
}

/** @param {string} name @returns {string | undefined} */
export function findProgram(name) {
  return systemPath()
    .split(path.delimiter)
    .map((directory) => path.join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * @param {string} text the content of /etc/os-release
 * @returns {Record<string, string>}
 */
export function parseOsRelease(text) {
  const pairs = text.split('\n').map((line) => /^(\w+)=(["']?)(.*)\2$/.exec(line.trim()));
  return Object.fromEntries(
    pairs.filter((pair) => pair !== null).map((pair) => [pair[1], pair[3]]),
  );
}

/** @returns {Host} */
export function inspectHost() {
  const platform = os.platform();
  const root = process.getuid?.() === 0;
  const file = '/etc/os-release';
  const release = existsSync(file) ? parseOsRelease(readFileSync(file, 'utf8')) : {};
  return {
    platform,
    root,
    apt: platform === 'linux' && findProgram('apt-get') !== undefined,
    debian: release.ID === 'debian',
    codename: release.VERSION_CODENAME ?? '',
  };
}

/**
 * The lock that keeps two set-ups on one machine apart.
 * @param {Host} host
 * @returns {string}
 */
export function machineLock(host) {
  if (host.root && existsSync('/run/lock')) return '/run/lock/runnerhub-setup.lock';
  return path.join(os.tmpdir(), `runnerhub-setup-${process.getuid?.() ?? 0}.lock`);
}
