import type { LiteralMatcher } from './literal-scan.ts';

interface Trie {
  readonly next: Map<number, number>[];
  readonly length: number[];
}

function buildTrie(literals: Iterable<Uint8Array>): Trie {
  const next: Map<number, number>[] = [new Map()];
  const length = [0];
  for (const literal of literals) {
    let state = 0;
    for (const byte of literal) {
      let target = next[state]?.get(byte);
      if (target === undefined) {
        target = next.length;
        next[state]?.set(byte, target);
        next.push(new Map());
        length.push(0);
      }
      state = target;
    }
    length[state] = literal.length;
  }
  return { next, length };
}

const BYTES = 256;

interface Table {
  /** Next state by `state * 256 + byte`. */
  readonly go: Int32Array;
  /** Length of the longest literal that ends in a state; 0 for none. */
  readonly ends: Int32Array;
}

/** Breadth first, so that the state to fall back to is always complete before it is needed. */
function buildTable(trie: Trie): Table {
  const states = trie.next.length;
  const go = new Int32Array(states * BYTES);
  const ends = Int32Array.from(trie.length);
  const fallback = new Int32Array(states);
  const order = [0];
  for (const state of order) {
    const back = at(fallback, state);
    if (state !== 0) {
      go.copyWithin(state * BYTES, back * BYTES, (back + 1) * BYTES);
      if (ends[state] === 0) ends[state] = at(ends, back);
    }
    for (const [byte, target] of trie.next[state] ?? []) {
      const cell = state * BYTES + byte;
      fallback[target] = state === 0 ? 0 : at(go, cell);
      go[cell] = target;
      order.push(target);
    }
  }
  return { go, ends };
}

const at = (table: Int32Array, index: number): number => table[index] ?? 0;

/** An Aho-Corasick automaton as a table: looks at each byte once, whatever the literals are. */
export function createAutomaton(literals: readonly Uint8Array[]): LiteralMatcher {
  const { go, ends } = buildTable(buildTrie(literals));
  return {
    scan(bytes, onMatch) {
      let state = 0;
      for (let at = 0; at < bytes.length; at++) {
        state = go[state * BYTES + (bytes[at] ?? 0)] ?? 0;
        if (ends[state] !== 0) onMatch(at + 1 - (ends[state] ?? 0), at + 1);
      }
    },
  };
}
