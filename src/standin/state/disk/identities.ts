import type { Key, Table } from '../table.ts';
import type { PartsOf } from './parts.ts';

/** All tables of a store by name. What stands in several belongs to the first; the others refer to it. */
export type Tables = ReadonlyMap<string, Table<Key, unknown>>;

/** Where an object lives: an entry of a table, or a part of one that other entries refer to. */
export type Identity = readonly [table: string, key: Key, part?: string];

export type Identities = ReturnType<typeof createIdentities>;

/** Knows every object of a store that has an identity of its own. */
export function createIdentities(tables: Tables, partsOf: PartsOf) {
  const known = new WeakMap<object, Identity>();

  /** Notes an entry and its parts; one that is another table's already stays that. */
  function note(table: string, key: Key, entry: unknown): void {
    if (typeof entry !== 'object' || entry === null) return;
    const identity = known.get(entry);
    if (identity === undefined || identity[2] !== undefined) known.set(entry, [table, key]);
    // An entry that was replaced may have become a part of the one that replaced it.
    for (const [name, part] of partsOf(table, entry)) known.set(part, [table, key, name]);
  }

  return {
    note,
    noteAll(): void {
      for (const [name, table] of tables) {
        for (const [key, entry] of table) note(name, key, entry);
      }
    },
    of: (object: object): Identity | undefined => known.get(object),
  };
}

export const isSame = (one: Identity | undefined, other: Identity): boolean =>
  one !== undefined && one[0] === other[0] && one[1] === other[1] && one[2] === other[2];
