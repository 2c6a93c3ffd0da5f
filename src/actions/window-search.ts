/** Finds all of many literals in one pass over a text. */
export interface LiteralMatcher {
  /** Calls `onMatch` for finds that together cover every occurrence of every literal. */
  scan(text: string, onMatch: (start: number, end: number) => void): void;
}

/** Literals below this length are not worth a window. */
export const MIN_WINDOW = 4;
const MAX_WINDOW = 24;
const HASHES = 65_536;

/**
 * Finds literals by looking at few places only (Wu and Manber): a window as long as the shortest
 * literal moves over the text, and the three code units at its end tell how far it may jump because
 * no literal has them nearer to the end of its beginning. Every literal has at least
 * {@link MIN_WINDOW} code units.
 */
export function createWindowSearch(literals: readonly string[]): LiteralMatcher {
  const window = literals.reduce((least, { length }) => Math.min(least, length), MAX_WINDOW);
  const jumps = new Uint8Array(HASHES).fill(window - 2);
  const candidates = new Map<number, string[]>();
  for (const literal of literals) {
    for (let at = 2; at < window; at++) {
      const hash = hashAt(literal, at);
      jumps[hash] = Math.min(jumps[hash] ?? 0, window - 1 - at);
    }
    const hash = hashAt(literal, window - 1);
    candidates.set(hash, [...(candidates.get(hash) ?? []), literal]);
  }

  /** From `from` on, where the first window begins that may begin a literal. */
  const next = (text: string, from: number): number => {
    for (let at = from + window - 1; at < text.length; ) {
      const jump = jumps[hashAt(text, at)] ?? 0;
      if (jump === 0) return at - window + 1;
      at += jump;
    }
    return -1;
  };

  return {
    scan(text, onMatch) {
      for (let at = next(text, 0); at >= 0; at = next(text, at + 1)) {
        for (const literal of candidates.get(hashAt(text, at + window - 1)) ?? []) {
          if (text.startsWith(literal, at)) onMatch(at, at + literal.length);
        }
      }
    },
  };
}

/** Of the three code units that end at `at`. */
const hashAt = (text: string, at: number): number =>
  ((text.charCodeAt(at - 2) << 10) ^ (text.charCodeAt(at - 1) << 5) ^ text.charCodeAt(at)) &
  (HASHES - 1);
