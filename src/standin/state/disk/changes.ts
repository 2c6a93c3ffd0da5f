import { crc32 } from 'node:zlib';
import type { Key } from '../table.ts';
import type { Written } from './decode.ts';
import { createEncoder } from './encode.ts';
import { createIdentities, type Identity, type Tables } from './identities.ts';
import type { PartsOf } from './parts.ts';

/** One line of the file: entries as they are now, and entries that are gone. */
export interface Batch {
  /** The stand-in's time, milliseconds since the epoch. */
  readonly at: number;
  readonly put: readonly (readonly [table: string, key: Key, entry: unknown])[];
  readonly gone: readonly (readonly [table: string, key: Key])[];
}

/** What a batch says of one entry, with what `settle` needs to know. */
interface Change {
  readonly table: string;
  readonly key: Key;
  /** The entry as JSON; null when it is gone. */
  readonly json: string | null;
  readonly mark: number;
}

/** How often an entry that was asked for is looked at: a request may change it some seconds later. */
const LOOKS = 8;

export type Changes = ReturnType<typeof createChanges>;

/**
 * Finds what has changed since it was written last. Nobody says so: entries that were asked for are
 * encoded, together with those they refer to, and compared with the mark of what was written.
 */
export function createChanges(
  tables: Tables,
  written: Written,
  partsOf: PartsOf,
  onUnkept: (table: string, error: unknown) => void,
) {
  const identities = createIdentities(tables, partsOf);
  const marks = marksOf(tables, written);
  const looks = new Map([...tables.keys()].map((name) => [name, new Map<Key, number>()]));
  const sweep = createSweep(tables);
  let related: Identity[] = [];
  const encode = createEncoder(identities, (identity) => void related.push(identity));
  identities.noteAll();
  for (const table of tables.values()) table.takeTouched();

  const encoded = (table: string, key: Key): string =>
    JSON.stringify(encode(tables.get(table)?.look(key), [table, key]));

  /**
   * A part that came into being while nobody asked for its entry is not known yet. It holds its entry
   * and is held by it, so encoding it never ends; then everything is noted once.
   */
  function encodedWithLateParts(table: string, key: Key): string {
    try {
      return encoded(table, key);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      identities.noteAll();
      return encoded(table, key);
    }
  }

  /** The entry as JSON text, or null when it is none that can be kept. */
  function jsonOf(table: string, key: Key): string | null {
    try {
      return encodedWithLateParts(table, key);
    } catch (error) {
      onUnkept(table, error);
      return null;
    }
  }

  function changeOf(table: string, key: Key): Change | null {
    const before = marks.get(table)?.get(key);
    if (tables.get(table)?.has(key) !== true) {
      return before === undefined ? null : { table, key, json: null, mark: 0 };
    }
    const json = jsonOf(table, key);
    const mark = json === null ? before : markOf(json);
    return json === null || mark === undefined || mark === before
      ? null
      : { table, key, json, mark };
  }

  /** Keys that were touched lately; each is looked at some times before it is forgotten. */
  function* lately(): Generator<Identity> {
    for (const [name, table] of tables) {
      const left = looks.get(name) ?? new Map<Key, number>();
      for (const key of table.takeTouched()) left.set(key, LOOKS);
      for (const [key, times] of left) {
        if (times === 1) left.delete(key);
        else left.set(key, times - 1);
        yield [name, key];
      }
    }
  }

  /** The changes among these entries, and among those that they refer to. */
  function among(wanted: readonly Identity[]): readonly Change[] {
    // First all, then the first: what an entry refers to must be known before the entry is encoded.
    for (const [table, key] of wanted) identities.note(table, key, tables.get(table)?.look(key));
    related = [];
    const changes = wanted.map(([table, key]) => changeOf(table, key));
    const done = new Set(wanted.map(nameOf));
    const others = related.filter((each) => !done.has(nameOf(each)) && done.add(nameOf(each)));
    changes.push(...others.map(([table, key]) => changeOf(table, key)));
    return changes.filter((change) => change !== null);
  }

  return {
    /** What was asked for lately, and some of what was not; everything with `sweepAll`. */
    find(sweepAll = false): readonly Change[] {
      const swept = sweep(sweepAll ? Number.POSITIVE_INFINITY : SWEEP);
      const wanted = new Map([...lately(), ...swept].map((each) => [nameOf(each), each]));
      return among([...wanted.values()]);
    },
    /** An entry as it is, for a new file. */
    jsonOf,
    /** These changes are on disk. */
    settle(changes: readonly Change[]): void {
      for (const { table, key, json, mark } of changes) {
        if (json === null) marks.get(table)?.delete(key);
        else marks.get(table)?.set(key, mark);
      }
    },
  };
}

const nameOf = ([table, key]: Identity): string => `${table} ${key}`;

/** The marks of what is on disk, whose JSON is the same when it is written again. */
function marksOf(tables: Tables, written: Written): Map<string, Map<Key, number>> {
  const ofTable = (name: string): [Key, number][] =>
    [...(written.get(name) ?? [])].map(([key, raw]) => [key, markOf(JSON.stringify(raw))]);
  return new Map([...tables.keys()].map((name) => [name, new Map(ofTable(name))]));
}

/** Checksum and length together: what differs has another mark but for one case in 2^50 or so. */
const markOf = (json: string): number => crc32(json) * 2 ** 20 + (json.length % 2 ** 20);

export const batchJson = (at: number, changes: readonly Change[]): string => {
  const put = changes.flatMap(({ table, key, json }) =>
    json === null ? [] : [`[${JSON.stringify(table)},${JSON.stringify(key)},${json}]`],
  );
  const gone = changes.flatMap(({ table, key, json }) => (json === null ? [[table, key]] : []));
  return `{"at":${at},"put":[${put.join(',')}],"gone":${JSON.stringify(gone)}}`;
};

/** How many entries that nobody asked for are looked at each time. */
const SWEEP = 500;

/** Goes through all tables, some entries at a time, round and round. */
function createSweep(tables: Tables) {
  function* round(): Generator<Identity> {
    for (const [name, table] of tables) for (const key of table.keys()) yield [name, key];
  }
  let current = round();
  return (count: number): readonly Identity[] => {
    const found: Identity[] = [];
    if (count === Number.POSITIVE_INFINITY) current = round();
    while (found.length < count) {
      const { value, done } = current.next();
      if (done === true) {
        current = round();
        break;
      }
      found.push(value);
    }
    return found;
  };
}
