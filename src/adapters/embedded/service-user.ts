import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whom the database server runs as; null means as ourselves. PostgreSQL refuses to run as root. */
export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: ServiceUser = { uid: 65_534, gid: 65_534 };

/** The user `postgres` where root finds one, else nobody. */
export function serviceUser(): ServiceUser | null {
  if (process.getuid?.() !== 0) return null;
  return userNamed('postgres') ?? NOBODY;
}

function userNamed(name: string): ServiceUser | null {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
  } catch {
    return null;
  }
}

/** Whether that user may reach what is inside the folder. Asks the kernel, so ACLs count too. */
export function mayTraverse(folder: string, user: ServiceUser | null): boolean {
  if (user === null) return true;
  const { status } = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  });
  return status === 0;
}
