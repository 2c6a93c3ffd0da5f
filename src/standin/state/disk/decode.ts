import type { Key } from '../table.ts';
import type { Identity } from './identities.ts';

type Json = Readonly<Record<string, unknown>>;

/** Entries as they were written, by table and key. */
export type Written = ReadonlyMap<string, ReadonlyMap<Key, unknown>>;

const nameOf = ([table, key, part]: Identity): string => JSON.stringify([table, key, part]);

/**
 * Makes the entries again, and calls `put` with each. An object that is referred to from several
 * places is one object; a reference to what is not there any more becomes undefined.
 */
export function decodeAll(
  written: Written,
  put: (table: string, key: Key, entry: unknown) => void,
): void {
  const shells = new Map<string, object>();

  /** The object of an identity, at first without members. */
  function shellOf(identity: Identity): object | undefined {
    const raw = written.get(identity[0])?.get(identity[1]);
    if (raw === undefined) return undefined;
    if (identity[2] === undefined && isTag(raw, '$ref')) return shellOf(raw['$ref'] as Identity);
    const name = nameOf(identity);
    const known = shells.get(name);
    if (known !== undefined) return known;
    const made = identity[2] === undefined ? emptyLike(raw) : {};
    shells.set(name, made);
    return made;
  }

  function decode(raw: unknown, root: Identity): unknown {
    if (typeof raw !== 'object' || raw === null) return raw;
    const [tag = '', ...others] = Object.keys(raw);
    const member = (raw as Json)[tag];
    if (others.length === 0) {
      if (tag === '$ref') return shellOf(member as Identity);
      const scalar = SCALARS.get(tag);
      if (scalar !== undefined) return scalar(member);
    }
    if (!isTag(raw, '$part')) return fill(emptyLike(raw), raw, root);
    const shell = shellOf([root[0], root[1], String(raw['$part'])]) ?? {};
    return fill(shell, raw['value'], root);
  }

  function fill(target: object, raw: unknown, root: Identity): object {
    addMembers(target, raw, (each) => decode(each, root));
    return target;
  }

  for (const [table, entries] of written) {
    for (const [key, raw] of entries) {
      const identity = [table, key] as const;
      const shell = isWhole(raw) ? shellOf(identity) : undefined;
      put(table, key, shell === undefined ? decode(raw, identity) : fill(shell, raw, identity));
    }
  }
}

const isTag = (raw: unknown, tag: string): raw is Json =>
  typeof raw === 'object' && raw !== null && Object.hasOwn(raw, tag);

/** Values without members that JSON has no word for. */
const SCALARS = new Map<string, (member: unknown) => unknown>([
  ['$number', Number],
  ['$undefined', () => undefined],
  ['$date', (member) => new Date(Number(member))],
  ['$bytes', (member) => Buffer.from(String(member), 'base64')],
]);

const isWhole = (raw: unknown): raw is object =>
  typeof raw === 'object' &&
  raw !== null &&
  !Object.keys(raw).some((tag) => tag === '$ref' || SCALARS.has(tag));

const listIn = (raw: unknown, tag: string): readonly (readonly [unknown, unknown])[] =>
  (raw as Json)[tag] as readonly (readonly [unknown, unknown])[];

function emptyLike(raw: unknown): object {
  if (Array.isArray(raw)) return [];
  if (isTag(raw, '$map')) return new Map();
  if (isTag(raw, '$set')) return new Set();
  return {};
}

/** Adds the members of `raw` to an object that is empty as yet. */
function addMembers(target: object, raw: unknown, value: (each: unknown) => unknown): void {
  if (Array.isArray(target)) {
    for (const each of raw as readonly unknown[]) target.push(value(each));
  } else if (target instanceof Map) {
    for (const [k, v] of listIn(raw, '$map')) target.set(value(k), value(v));
  } else if (target instanceof Set) {
    for (const each of listIn(raw, '$set')) target.add(value(each));
  } else {
    addNamed(target, raw, value);
  }
}

/** By definition and not assignment, which takes `__proto__` for something else. */
function addNamed(target: object, raw: unknown, value: (each: unknown) => unknown): void {
  const pairs = isTag(raw, '$pairs') ? listIn(raw, '$pairs') : Object.entries(raw as Json);
  for (const [name, member] of pairs) {
    Object.defineProperty(target, String(name), {
      ...{ value: value(member), writable: true, enumerable: true, configurable: true },
    });
  }
}
