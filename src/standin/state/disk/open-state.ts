import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../domain/errors.ts';
import type { StandinLog } from '../../dependencies.ts';
import { type Key, Table } from '../table.ts';
import { type Batch, createChanges } from './changes.ts';
import { decodeAll } from './decode.ts';
import type { Tables } from './identities.ts';
import { openLog, readLog } from './log-file.ts';
import type { PartsOf } from './parts.ts';
import { createSaver, type Saver } from './saver.ts';

interface Deps {
  readonly log: StandinLog;
  readonly now: () => number;
  readonly partsOf: PartsOf;
}

export interface OpenState {
  /** The stand-in's time when the state was saved last; null for a new one. */
  readonly savedAt: number | null;
  readonly saver: Saver;
}

/**
 * Fills the empty tables of `store` with what an earlier process kept in `folder`, and keeps them there
 * from now on. Throws `AppError('state-unreadable')` for a file that is damaged or of another version.
 */
export async function openState(
  { log, now, partsOf }: Deps,
  folder: string,
  store: object,
): Promise<OpenState> {
  const tables = tablesOf(store);
  const path = join(folder, 'state.log');
  await mkdir(folder, { recursive: true });
  const written = new Map([...tables.keys()].map((name) => [name, new Map<Key, unknown>()]));
  let savedAt: number | null = null;
  const { cutBytes } = await readLog(path, (value) => {
    const batch = value as Batch;
    savedAt = batch.at;
    for (const [table, key, entry] of batch.put) written.get(table)?.set(key, entry);
    for (const [table, key] of batch.gone) written.get(table)?.delete(key);
  });
  if (cutBytes > 0) log.warn('state had a torn end', { path, cutBytes });
  decodeAll(written, (table, key, entry) => tables.get(table)?.set(key, entry));
  const changes = createChanges(tables, written, partsOf, reportOnce(log));
  const file = await openLog(path);
  return { savedAt, saver: createSaver({ tables, changes, file, log, now }) };
}

/** Tells of what cannot be kept: once a table, as it would be the same with every save. */
function reportOnce(log: StandinLog): (table: string, error: unknown) => void {
  const reported = new Set<string>();
  return (table, error) => {
    if (!reported.has(table)) log.error('state not kept', { table, error: messageOf(error) });
    reported.add(table);
  };
}

/** The tables of a store by the names of its members. A map that is no table would be lost: a bug. */
function tablesOf(store: object): Tables {
  const tables = new Map<string, Table<Key, unknown>>();
  for (const [name, member] of Object.entries(store)) {
    if (member instanceof Table) tables.set(name, member);
    else if (member instanceof Map) throw new TypeError(`the state's '${name}' is no table`);
  }
  return tables;
}
