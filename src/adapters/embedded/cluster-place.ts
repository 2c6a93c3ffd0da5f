import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { stopServer } from './postmaster.ts';
import { mayTraverse, type ServiceUser } from './service-user.ts';

/** Where clusters go whose data folder the service user cannot reach. */
export const OUTSIDE_DIR = '/var/lib/runnerhub';

export interface ClusterPlace {
  /** PGDATA. */
  readonly folder: string;
  readonly password: string;
}

/** What the data folder keeps about its database, with mode 0600. */
interface ClusterRecord {
  readonly id: string;
  readonly password: string;
  /** In the data folder itself, or in a folder named `id` outside. */
  readonly place: 'inside' | 'outside';
}

const recordFile = (dataDir: string) => path.join(dataDir, 'postgres.json');
const ownerFile = (parent: string) => path.join(parent, 'owner.json');

/**
 * The recorded place, or a new one: the data folder itself where the service user may reach it. A
 * data folder that was moved keeps its database. Throws `AppError('conflict')` for a copied one.
 */
export function clusterPlace(
  dataDir: string,
  user: ServiceUser | null,
  outsideDir: string,
): ClusterPlace {
  const record = readRecord(dataDir) ?? newRecord(dataDir, mayTraverse(dataDir, user));
  if (record.place === 'inside') {
    if (!mayTraverse(dataDir, user)) throw unreachable(dataDir);
    return { folder: path.join(dataDir, 'postgres'), password: record.password };
  }
  const parent = path.join(outsideDir, record.id);
  claim(parent, dataDir, record.id);
  return { folder: path.join(parent, 'postgres'), password: record.password };
}

function newRecord(dataDir: string, isInside: boolean): ClusterRecord {
  const record: ClusterRecord = {
    id: randomBytes(6).toString('hex'),
    password: randomBytes(24).toString('hex'),
    place: isInside ? 'inside' : 'outside',
  };
  writeWhole(recordFile(dataDir), record);
  return record;
}

/** Writes down whose the folder outside is, so that it can be swept when its owner is gone. */
function claim(parent: string, dataDir: string, id: string): void {
  const owner = readOwner(parent);
  if (owner === dataDir) return;
  if (owner !== null && readRecord(owner)?.id === id) {
    throw new AppError(
      'conflict',
      `The data folder ${dataDir} is a copy: its database belongs to ${owner}. ` +
        `Remove ${recordFile(dataDir)} to start with an empty database.`,
    );
  }
  mkdirSync(parent, { recursive: true, mode: 0o711 });
  writeWhole(ownerFile(parent), { dataDir });
}

const unreachable = (dataDir: string): AppError =>
  new AppError(
    'database-down',
    `The database in ${dataDir} can no longer be reached by the user that it runs as. ` +
      'Let others pass through the folders above it (chmod o+x), or move it back.',
  );

/** PGDATA itself, which must belong to the service user and to nobody else. */
export function makeClusterFolder(folder: string, user: ServiceUser | null): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user !== null) chownSync(folder, user.uid, user.gid);
}

/**
 * Removes clusters outside whose data folder is gone or has another database now; a server that
 * still runs there is stopped first. Answers the removed folders.
 */
export async function sweepOrphans(outsideDir: string): Promise<readonly string[]> {
  if (!existsSync(outsideDir)) return [];
  const swept: string[] = [];
  for (const id of readdirSync(outsideDir)) {
    const parent = path.join(outsideDir, id);
    const owner = readOwner(parent);
    if (owner === null || readRecord(owner)?.id === id) continue;
    await stopServer(path.join(parent, 'postgres'));
    rmSync(parent, { recursive: true, force: true });
    swept.push(parent);
  }
  return swept;
}

const readOwner = (parent: string): string | null =>
  readWhole<{ dataDir: string }>(ownerFile(parent))?.dataDir ?? null;

const readRecord = (dataDir: string): ClusterRecord | null => readWhole(recordFile(dataDir));

function writeWhole(file: string, value: object): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(value), { mode: 0o600 });
  renameSync(draft, file);
}

function readWhole<T>(file: string): T | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : null;
}
