import { createAutomaton } from './literal-automaton.ts';
import type { LiteralMatcher } from './literal-scan.ts';
import { createWindowSearch } from './window-search.ts';

/**
 * A window is as long as the shortest of its literals, so literals are searched together with those
 * of about their length: one short secret must not make the search for all others slow.
 */
const GROUPS: readonly { readonly from: number; readonly make: MakeMatcher }[] = [
  { from: 14, make: createWindowSearch },
  { from: 6, make: createWindowSearch },
  { from: 1, make: createAutomaton },
];

type MakeMatcher = (literals: readonly Uint8Array[]) => LiteralMatcher;

export function createLiteralMatcher(literals: Iterable<Uint8Array>): LiteralMatcher {
  let rest = [...literals];
  const parts: LiteralMatcher[] = [];
  for (const { from, make } of GROUPS) {
    const own = rest.filter(({ length }) => length >= from);
    rest = rest.filter(({ length }) => length < from);
    if (own.length > 0) parts.push(make(own));
  }
  return {
    scan(bytes, onMatch) {
      for (const part of parts) part.scan(bytes, onMatch);
    },
  };
}
