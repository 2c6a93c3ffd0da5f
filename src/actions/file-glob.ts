/** The patterns of `hashFiles` (protocol G.14): `*`, `?`, `[…]`, `**`, a leading `!` excludes. */
export interface FileGlob {
  /** Where a match can lie: absolute paths, none inside another, in the order of the patterns. */
  readonly roots: readonly string[];
  /** Whether a file's absolute path is chosen; the last pattern that speaks of it decides. */
  readonly matches: (path: string) => boolean;
}

interface Rule {
  readonly exclude: boolean;
  readonly regex: RegExp;
  readonly root: string;
}

/** Patterns are one a line; relative ones start at `folder`. Blank lines and `#` comments say nothing. */
export function parseFileGlob(patterns: string, folder: string): FileGlob {
  const rules = patterns
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => toRule(line, folder));
  const roots = [...new Set(rules.filter(({ exclude }) => !exclude).map(({ root }) => root))];
  return {
    roots: roots.filter((root) => !roots.some((other) => isInside(root, other))),
    matches(path) {
      let chosen = false;
      for (const { exclude, regex } of rules) if (regex.test(path)) chosen = !exclude;
      return chosen;
    },
  };
}

const isInside = (path: string, folder: string): boolean =>
  path !== folder && path.startsWith(folder === '/' ? folder : `${folder}/`);

function toRule(line: string, folder: string): Rule {
  const bangs = /^!*/.exec(line)?.[0].length ?? 0;
  const pattern = line.slice(bangs).trim();
  const absolute = pattern.startsWith('/') ? pattern : `${folder}/${pattern}`;
  const segments = normalize(absolute.split('/'));
  const onlyBelow = pattern.endsWith('/');
  const source = segments.map((segment) =>
    segment === '**' ? '(?:/[^/]+)*' : `/${toRegex(segment)}`,
  );
  const literals = segments.map(literalOf);
  const first = literals.indexOf(null);
  return {
    exclude: bangs % 2 === 1,
    regex: new RegExp(`^${source.join('')}${onlyBelow ? '/.+' : '(?:/.*)?'}$`, 's'),
    root: `/${literals.slice(0, first < 0 ? literals.length : first).join('/')}`,
  };
}

/** The one name that a segment can stand for, where it has no wildcard; a set of one letter is that letter. */
function literalOf(segment: string): string | null {
  let literal = '';
  for (const [text, escaped, set] of segment.matchAll(/\\(.)|\[((?:\\.|[^\\\]])*)\]|[\s\S]/g)) {
    const letters = set?.replace(/\\(.)/g, '$1');
    if (text === '*' || text === '?' || (letters ?? '').length > 1) return null;
    literal += escaped ?? (letters || text);
  }
  return literal;
}

function normalize(segments: readonly string[]): string[] {
  const result: string[] = [];
  for (const segment of segments) {
    if (segment === '..') result.pop();
    else if (segment !== '' && segment !== '.') result.push(segment);
  }
  return result;
}

const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function toRegex(segment: string): string {
  return segment.replace(/\\(.)|\[(!|\^)?([^\]]+)\]|\*+|\?|[^\\[*?]+|\[/g, (text, ...found) => {
    const [escaped, negated, set] = found as (string | undefined)[];
    if (escaped !== undefined) return escapeRegex(escaped);
    if (set !== undefined)
      return `[${negated === undefined ? '' : '^'}${set.replaceAll('\\', '\\\\')}]`;
    if (text.startsWith('*')) return '[^/]*';
    if (text === '?') return '[^/]';
    return escapeRegex(text);
  });
}

/** The order in which the files are hashed: root by root, then folder by folder, by name. */
export function inOrder(roots: readonly string[]): (a: string, b: string) => number {
  const place = (path: string): number =>
    roots.findIndex((root) => path === root || path.startsWith(root === '/' ? root : `${root}/`));
  return (a, b) => place(a) - place(b) || comparePaths(a, b);
}

function comparePaths(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const x = left[at] ?? '';
    const y = right[at] ?? '';
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
