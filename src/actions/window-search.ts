import type { LiteralMatcher } from './literal-scan.ts';

/** Bytes that are looked at together: fewer would turn up everywhere in base64. */
const GRAM = 4;
const MAX_WINDOW = 24;
/** So much of the table of jumps stays free that ordinary text seldom meets another's entry. */
const ROOM_PER_GRAM = 4;
const MAX_TABLE_BITS = 18;

/**
 * Finds literals by looking at few places only (Wu and Manber): a window as long as the shortest
 * literal moves over the bytes, and the four at its end tell how far it may jump because no literal
 * has them nearer to the end of its beginning. Every literal has at least four bytes.
 */
export function createWindowSearch(literals: readonly Uint8Array[]): LiteralMatcher {
  const window = literals.reduce((least, { length }) => Math.min(least, length), MAX_WINDOW);
  const shift = 32 - tableBits(literals.length * (window - GRAM + 1));
  const jumps = new Uint8Array(2 ** (32 - shift)).fill(window - GRAM + 1);
  const candidates = new Map<number, Uint8Array[]>();
  for (const literal of literals) {
    const view = viewOf(literal);
    for (let at = GRAM - 1; at < window; at++) {
      const hash = hashAt(view, at, shift);
      jumps[hash] = Math.min(jumps[hash] ?? 0, window - 1 - at);
    }
    const hash = hashAt(view, window - 1, shift);
    candidates.set(hash, [...(candidates.get(hash) ?? []), literal]);
  }

  /** From `from` on, where the first window begins that may begin a literal. */
  const next = (view: DataView, from: number): number => {
    for (let at = from + window - 1; at < view.byteLength; ) {
      const jump = jumps[hashAt(view, at, shift)] ?? 0;
      if (jump === 0) return at - window + 1;
      at += jump;
    }
    return -1;
  };

  return {
    scan(bytes, onMatch) {
      const view = viewOf(bytes);
      for (let at = next(view, 0); at >= 0; at = next(view, at + 1)) {
        for (const literal of candidates.get(hashAt(view, at + window - 1, shift)) ?? []) {
          if (standsAt(bytes, at, literal)) onMatch(at, at + literal.length);
        }
      }
    },
  };
}

/** Four bytes are read at once through it, which counts here more than anything else. */
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** How many bits tell the entries of a table for so many grams apart. */
const tableBits = (grams: number): number =>
  Math.min(MAX_TABLE_BITS, 32 - Math.clz32(grams * ROOM_PER_GRAM));

/** Of the four bytes that end at `at`: the upper bits of a product, which all of them change. */
const hashAt = (view: DataView, at: number, shift: number): number =>
  Math.imul(view.getInt32(at - GRAM + 1, true), 0x9e3779b1) >>> shift;

function standsAt(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  if (at + literal.length > bytes.length) return false;
  for (let n = 0; n < literal.length; n++) if (bytes[at + n] !== literal[n]) return false;
  return true;
}
