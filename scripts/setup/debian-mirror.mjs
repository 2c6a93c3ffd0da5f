import { readFileSync } from 'node:fs';
import { aptUpdate } from './apt.mjs';
import { runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {{ uri: string, codename: string, component: string, origin: string }} IndexTarget */

const SEPARATOR = '|';
const FIELDS = ['REPO_URI', 'CODENAME', 'COMPONENT', 'ORIGIN'];
const POCKETS = ['', '-updates', '-security'];
const ARCHIVE_KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * @param {string} text what apt-get indextargets wrote
 * @returns {IndexTarget[]}
 */
export function parseIndexTargets(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [uri = '', codename = '', component = '', origin = ''] = line.split(SEPARATOR);
      return { uri, codename, component, origin };
    });
}

/**
 * Cloud images name their mirror in a file of its own (mirror+file:), which
 * the job image would not have: takes the first mirror that the file lists.
 * @param {string} uri
 * @param {(file: string) => string} read
 * @returns {string}
 */
export function resolveMirror(uri, read) {
  const file = /^mirror\+file:(?:\/\/)?(\/[^?]*?)\/?$/.exec(uri)?.[1];
  if (file === undefined) return uri;
  const lines = read(file)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim());
  return lines.find(Boolean)?.split(/\s/)[0] ?? uri;
}

/**
 * The apt sources of the image: the mirrors of the host, asked for the
 * image's suite. Other repositories of the host are left out.
 * @param {IndexTarget[]} targets
 * @param {string} hostSuite
 * @param {string} imageSuite
 * @returns {string[]} lines in the format of sources.list
 */
export function debianSources(targets, hostSuite, imageSuite) {
  const lines = targets
    .filter(({ origin, component }) => /^Debian(-Security)?$/.test(origin) && component === 'main')
    .filter(({ codename }) => POCKETS.some((end) => codename === hostSuite + end))
    .map(({ uri, codename }) => {
      const suite = imageSuite + codename.slice(hostSuite.length);
      return `deb [signed-by=${ARCHIVE_KEYS}] ${uri} ${suite} main`;
    });
  return [...new Set(lines)];
}

/**
 * The host's download settings (proxy, certificates, checks), which the
 * build needs and the image must not keep.
 * @param {string} text what apt-config dump wrote
 * @returns {string}
 */
export function downloadSettings(text) {
  const lines = text
    .split('\n')
    // Compressed lists only make reading them slower.
    .filter((line) => line.startsWith('Acquire::') && !line.startsWith('Acquire::GzipIndexes'));
  return `${lines.join('\n')}\n`;
}

/** @param {string} hostSuite @param {string} imageSuite */
async function lookUp(hostSuite, imageSuite) {
  const format = FIELDS.map((field) => `$(${field})`).join(SEPARATOR);
  const args = ['indextargets', '--format', format, 'Created-By: Packages'];
  const targets = parseIndexTargets(await runCommand('apt-get', args)).map((target) => ({
    ...target,
    uri: resolveMirror(target.uri, (file) => readFileSync(file, 'utf8')),
  }));
  return debianSources(targets, hostSuite, imageSuite);
}

/**
 * @param {string} hostSuite
 * @param {string} imageSuite
 * @param {import('./progress.mjs').Stage} stage
 * @returns {Promise<{ sources: string[], settings: string }>}
 */
export async function readAptConfiguration(hostSuite, imageSuite, stage) {
  let sources = await lookUp(hostSuite, imageSuite);
  if (sources.length === 0) {
    stage.step('fetching package lists (apt-get update)');
    await aptUpdate();
    sources = await lookUp(hostSuite, imageSuite);
  }
  if (sources.length === 0) {
    throw new SetUpError(`the apt sources of this machine name no Debian mirror for ${hostSuite}`, [
      'Add one to /etc/apt/sources.list.d, then run: apt-get update',
    ]);
  }
  return { sources, settings: downloadSettings(await runCommand('apt-config', ['dump'])) };
}
