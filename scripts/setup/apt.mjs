import { CommandError, runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

const ENV = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
const OPTIONS = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];

/**
 * Whether a failed installation may work with newer package lists.
 * @param {string} output
 * @returns {boolean}
 */
export function needsNewLists(output) {
  return /Unable to locate package|no installation candidate|Failed to fetch|Unable to fetch|unmet dependencies|not installable/.test(
    output,
  );
}

/** Fetches the package lists; true if all of them could be fetched. */
export async function aptUpdate() {
  try {
    await runCommand('apt-get', ['update', ...OPTIONS], { env: ENV });
    return true;
  } catch {
    // One broken source must not stop the others; the next step shows whether
    // the lists that could be fetched are enough.
    return false;
  }
}

/** @param {string[]} packages */
function install(packages) {
  const args = ['install', '--no-install-recommends', ...OPTIONS, ...packages];
  return runCommand('apt-get', args, { env: ENV });
}

/**
 * Installs packages, with new package lists only where the present ones fail.
 * @param {string[]} packages
 * @param {import('./progress.mjs').Stage} stage
 */
export async function aptInstall(packages, stage) {
  const names = packages.join(' ');
  const step = `installing ${names} (apt-get install)`;
  stage.step(step);
  try {
    await install(packages).catch(async (error) => {
      if (!(error instanceof CommandError) || !needsNewLists(error.output)) throw error;
      stage.step('fetching package lists (apt-get update)');
      await aptUpdate();
      stage.step(step);
      await install(packages);
    });
  } catch (error) {
    throw new SetUpError(
      `${names} could not be installed\n${/** @type {Error} */ (error).message}`,
      [`apt-get update && apt-get install --no-install-recommends ${names}`],
    );
  }
}
