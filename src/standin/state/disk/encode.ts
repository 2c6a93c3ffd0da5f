import { type Identities, type Identity, isSame } from './identities.ts';

/** What stands for a value that JSON has no word for; an object whose members look so is written as pairs. */
export type Tagged =
  | { readonly $ref: Identity }
  | { readonly $part: string; readonly value: unknown }
  | { readonly $map: readonly (readonly [unknown, unknown])[] }
  | { readonly $set: readonly unknown[] }
  | { readonly $date: number }
  | { readonly $bytes: string }
  | { readonly $number: string }
  | { readonly $undefined: true }
  | { readonly $pairs: readonly (readonly [string, unknown])[] };

/** JSON knows neither infinity nor a zero below zero. */
function encodeNumber(value: number): number | Tagged {
  if (Object.is(value, -0)) return { $number: '-0' };
  return Number.isFinite(value) ? value : { $number: String(value) };
}

/** Turns entries into JSON values. Other entries that they hold become references, told to `onRef`. */
export function createEncoder(identities: Identities, onRef: (identity: Identity) => void) {
  let seen = new Set<object>();

  function encode(value: unknown, root: Identity): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return encodeNumber(value);
      case 'undefined':
        return { $undefined: true } satisfies Tagged;
      case 'object':
        return value === null ? null : encodeObject(value, root);
      default:
        throw new TypeError(`${root.join(' ')} holds a ${typeof value}, which is no plain data`);
    }
  }

  /** Parts of the entry are written where they are met first. */
  function encodeObject(value: object, root: Identity): unknown {
    const identity = identities.of(value);
    if (identity === undefined) return encodeMembers(value, root);
    const [table, key, part] = identity;
    const isOwn = table === root[0] && key === root[1];
    if (isOwn && part !== undefined && !seen.has(value)) {
      seen.add(value);
      return { $part: part, value: encodeMembers(value, root) } satisfies Tagged;
    }
    if (!isOwn) onRef(identity);
    return { $ref: identity } satisfies Tagged;
  }

  function encodeMembers(value: object, root: Identity): unknown {
    if (Array.isArray(value)) return value.map((each) => encode(each, root));
    if (value instanceof Map) {
      return { $map: [...value].map(([k, v]) => [encode(k, root), encode(v, root)] as const) };
    }
    if (value instanceof Set) return { $set: [...value].map((each) => encode(each, root)) };
    if (value instanceof Date) return { $date: value.getTime() };
    if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
    return encodePlain(value, root);
  }

  function encodePlain(value: object, root: Identity): unknown {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`${root.join(' ')} holds a ${value.constructor.name}, no plain data`);
    }
    const entries = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, encode(member, root)] as const);
    const isAmbiguous = entries.some(([name]) => name.startsWith('$') || name === '__proto__');
    return isAmbiguous ? { $pairs: entries } : Object.fromEntries(entries);
  }

  return (entry: unknown, root: Identity): unknown => {
    seen = new Set();
    const isOwner =
      typeof entry === 'object' && entry !== null && isSame(identities.of(entry), root);
    return isOwner ? encodeMembers(entry, root) : encode(entry, root);
  };
}
