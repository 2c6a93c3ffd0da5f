/**
 * Filter patterns of `on` (branches, tags, paths). `*` matches all but `/`, `**` everything, `?` and
 * `+` repeat the character before them, `[]` is a class, `\` escapes, a leading `!` excludes.
 */
export function patternToRegExp(pattern: string): RegExp {
  const source = pattern.replace(PIECE, (piece, position: number) => translate(piece, position));
  return compile(source, pattern);
}

/** The pieces of a pattern, longest first; any other character is a piece of its own. */
const PIECE = /\*\*\/|\*\*|\*|\[[^\]]+\]|\\.|./gs;

function translate(piece: string, position: number): string {
  if (piece === '**/') return '(?:.*/)?';
  if (piece === '**') return '.*';
  if (piece === '*') return '[^/]*';
  if ((piece === '?' || piece === '+') && position > 0) return piece;
  if (piece.length > 2) return `[${piece.slice(1, -1).replace(/[\\[]/g, '\\$&')}]`;
  return escapeChar(piece.length === 2 ? piece.slice(1) : piece);
}

const escapeChar = (char: string): string => char.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');

/** A pattern that makes no valid expression (such as `a++`) matches only its own text. */
function compile(source: string, pattern: string): RegExp {
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return new RegExp(`^${[...pattern].map(escapeChar).join('')}$`, 's');
  }
}

/** Whether a name passes a list of patterns: the last one that matches decides. */
export function matchesPatterns(name: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const negative = pattern.startsWith('!');
    if (patternToRegExp(negative ? pattern.slice(1) : pattern).test(name)) matched = !negative;
  }
  return matched;
}
