import { spawn } from 'node:child_process';
import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { type ClusterPlace, makeClusterFolder } from './cluster-place.ts';
import type { ServerBinaries } from './server-binaries.ts';
import type { ServiceUser } from './service-user.ts';

export const SUPERUSER = 'runnerhub';

/** Makes the cluster where there is none. One that was left half made is made again. */
export async function initCluster(
  place: ClusterPlace,
  binaries: ServerBinaries,
  user: ServiceUser | null,
): Promise<void> {
  const done = path.join(place.folder, 'runnerhub.done');
  if (existsSync(done)) return;
  rmSync(place.folder, { recursive: true, force: true });
  makeClusterFolder(place.folder, user);
  const passwordFile = `${place.folder}.password`;
  writeFileSync(passwordFile, place.password, { mode: 0o600 });
  if (user !== null) chownSync(passwordFile, user.uid, user.gid);
  try {
    await runInitdb(place.folder, passwordFile, binaries, user);
    writeFileSync(done, '');
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function runInitdb(
  folder: string,
  passwordFile: string,
  binaries: ServerBinaries,
  user: ServiceUser | null,
): Promise<void> {
  const args = [
    ...['-D', folder, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    // The server's own C.UTF-8 does not depend on the locales of the machine.
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--no-sync', '--no-instructions'],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, args, {
      ...user,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors = (errors + chunk).slice(-4000);
    });
    child.on('error', (cause) => reject(failed(cause.message, cause)));
    child.on('close', (code) => (code === 0 ? resolve() : reject(failed(errors.trim()))));
  });
}

const failed = (detail: string, cause?: unknown): AppError =>
  new AppError('database-down', `The database could not be made: ${detail}`, { cause });
