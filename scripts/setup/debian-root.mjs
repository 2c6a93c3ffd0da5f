import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aptInstall } from './apt.mjs';
import { readAptConfiguration } from './debian-mirror.mjs';
import { findProgram } from './host.mjs';
import { SUITE } from './image-recipe.mjs';
import { CommandError, runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {import('./image-recipe.mjs').Recipe} Recipe */
/** @typedef {import('./progress.mjs').Stage} Stage */

// Hooks are shell text: paths reach them through the environment, so that
// spaces and quotes in them do no harm.
const HOOKS = [
  '--setup-hook=cp "$RUNNERHUB_SETTINGS" "$1/etc/apt/apt.conf.d/00host"',
  // As an option (--dpkgopt) it would also filter the extraction of the first
  // packages, which takes longer than removing the files afterwards.
  '--setup-hook=mkdir -p "$1/etc/dpkg/dpkg.cfg.d"',
  '--setup-hook=cp "$RUNNERHUB_DPKG" "$1/etc/dpkg/dpkg.cfg.d/runnerhub"',
  '--customize-hook=chroot "$1" sh -s < "$RUNNERHUB_CONFIGURE"',
  '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/00host" "$1/etc/resolv.conf" "$1/etc/hostname"',
];

/**
 * @param {Recipe} recipe
 * @returns {string[]}
 */
export function bootstrapArguments(recipe) {
  return [
    '--mode=root',
    '--variant=apt',
    '--format=tar',
    `--include=${recipe.packages.join(',')}`,
    '--aptopt=APT::Install-Recommends "false"',
    // configure.sh does it: no apt-get outside the new file system afterwards.
    '--skip=cleanup/apt',
    ...HOOKS,
    SUITE,
    '-',
    '-',
  ];
}

/**
 * Unmounts what an interrupted bootstrap left mounted: removing the directory
 * would otherwise reach into the host's own /proc, /sys and /dev.
 * @param {string} directory
 */
async function unmountBelow(directory) {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replace(/\\040/g, ' '))
    .filter((target) => target.startsWith(`${directory}/`));
  for (const target of mounts.reverse()) await runCommand('umount', ['--lazy', target]);
}

/**
 * Builds the file system of the job image from Debian packages and hands it
 * over as a tar stream, which is complete only when the promise is fulfilled.
 * @param {Recipe} recipe
 * @param {string} hostSuite
 * @param {Stage} stage
 * @param {(tar: import('node:stream').Readable) => void} onTar
 */
export async function buildDebianRoot(recipe, hostSuite, stage, onTar) {
  if (!findProgram('mmdebstrap')) await aptInstall(['mmdebstrap'], stage);
  const { sources, settings } = await readAptConfiguration(hostSuite, SUITE, stage);
  // /tmp is often in memory, and too small for a whole file system.
  const directory = mkdtempSync(
    path.join(process.env.TMPDIR || '/var/tmp', 'runnerhub-job-image-'),
  );
  const settingsFile = path.join(directory, 'apt.conf');
  try {
    writeFileSync(settingsFile, settings);
    stage.step('building the job image from Debian packages (mmdebstrap)');
    await runCommand('mmdebstrap', bootstrapArguments(recipe), {
      env: {
        LC_ALL: 'C.UTF-8',
        RUNNERHUB_CONFIGURE: path.join(recipe.directory, 'configure.sh'),
        RUNNERHUB_DPKG: path.join(recipe.directory, 'dpkg.cfg'),
        RUNNERHUB_SETTINGS: settingsFile,
        TMPDIR: directory,
      },
      input: `${sources.join('\n')}\n`,
      onStdout: onTar,
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new SetUpError(`the job image could not be built\n${error.message}`, [
      'Check that this machine reaches its Debian mirror: apt-get update',
    ]);
  } finally {
    await unmountBelow(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}
