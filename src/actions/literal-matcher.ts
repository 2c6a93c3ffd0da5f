import { createWindowSearch, type LiteralMatcher, MIN_WINDOW } from './window-search.ts';

interface Trie {
  readonly next: Map<number, number>[];
  readonly length: number[];
}

function buildTrie(literals: Iterable<string>): Trie {
  const next: Map<number, number>[] = [new Map()];
  const length = [0];
  for (const literal of literals) {
    let state = 0;
    for (let at = 0; at < literal.length; at++) {
      const unit = literal.charCodeAt(at);
      let target = next[state]?.get(unit);
      if (target === undefined) {
        target = next.length;
        next[state]?.set(unit, target);
        next.push(new Map());
        length.push(0);
      }
      state = target;
    }
    length[state] = literal.length;
  }
  return { next, length };
}

/** Every code unit that occurs in a literal has a class of its own; all others share class 0. */
function classify(trie: Trie): { classOf: Uint16Array; classes: number } {
  const classOf = new Uint16Array(65_536);
  let classes = 1;
  for (const edges of trie.next) {
    for (const unit of edges.keys()) if (classOf[unit] === 0) classOf[unit] = classes++;
  }
  return { classOf, classes };
}

interface Table {
  readonly classOf: Uint16Array;
  readonly classes: number;
  /** Next state by `state * classes + class`. */
  readonly go: Int32Array;
  /** Length of the longest literal that ends in a state; 0 for none. */
  readonly ends: Int32Array;
}

/** Breadth first, so that the state to fall back to is always complete before it is needed. */
function buildTable(trie: Trie): Table {
  const { classOf, classes } = classify(trie);
  const states = trie.next.length;
  const go = new Int32Array(states * classes);
  const ends = Int32Array.from(trie.length);
  const fallback = new Int32Array(states);
  const order = [0];
  for (const state of order) {
    const back = at(fallback, state);
    if (state !== 0) {
      go.copyWithin(state * classes, back * classes, (back + 1) * classes);
      if (ends[state] === 0) ends[state] = at(ends, back);
    }
    for (const [unit, target] of trie.next[state] ?? []) {
      const cell = state * classes + at(classOf, unit);
      fallback[target] = state === 0 ? 0 : at(go, cell);
      go[cell] = target;
      order.push(target);
    }
  }
  return { classOf, classes, go, ends };
}

const at = (table: Int32Array | Uint16Array, index: number): number => table[index] ?? 0;

/** An Aho-Corasick automaton as a table: looks at each code unit once, whatever the literals are. */
function createAutomaton(literals: Iterable<string>): LiteralMatcher {
  const { classOf, classes, go, ends } = buildTable(buildTrie(literals));
  return {
    scan(text, onMatch) {
      let state = 0;
      for (let at = 0; at < text.length; at++) {
        state = go[state * classes + (classOf[text.charCodeAt(at)] ?? 0)] ?? 0;
        if (ends[state] !== 0) onMatch(at + 1 - (ends[state] ?? 0), at + 1);
      }
    },
  };
}

/** Short literals would make a window search slow for all others, so they are searched apart. */
export function createLiteralMatcher(literals: Iterable<string>): LiteralMatcher {
  const all = [...literals];
  const short = all.filter(({ length }) => length < MIN_WINDOW);
  const long = all.filter(({ length }) => length >= MIN_WINDOW);
  const parts = [
    ...(short.length === 0 ? [] : [createAutomaton(short)]),
    ...(long.length === 0 ? [] : [createWindowSearch(long)]),
  ];
  return {
    scan(text, onMatch) {
      for (const part of parts) part.scan(text, onMatch);
    },
  };
}
