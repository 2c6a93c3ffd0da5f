import { parse as parseYaml } from 'yaml';

/** A scalar of a workflow file as it stands there. */
export interface ScalarSource {
  /** The text between the markers of the scalar; of a block scalar with its indentation. */
  readonly source: string;
  /** `|`, `>-` …; absent for plain and quoted scalars. */
  readonly header: string | undefined;
}

/**
 * The expression that text with `${{ }}` in it stands for (protocol D.3): `a ${{ b }}` becomes
 * `format('a {0}', b)`, and a lone expression is itself.
 *
 * GitHub's parser package makes such expressions itself, but of a scalar over several lines it takes
 * the source instead of the value, so that a script would keep its indentation in the file.
 */
export const mixedExpression = (scalar: ScalarSource): string => formatCall(pieces(textIn(scalar)));

function textIn({ source, header }: ScalarSource): string {
  const value: unknown = parseYaml(
    header === undefined ? `k: ${source}` : `k: ${header}\n${source}`,
  );
  const text = typeof value === 'object' && value !== null && 'k' in value ? value.k : source;
  return typeof text === 'string' ? text : String(text ?? '');
}

interface Piece {
  readonly kind: 'text' | 'expression';
  readonly text: string;
}

function pieces(text: string): readonly Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (let open = text.indexOf('${{'); open !== -1; open = text.indexOf('${{', from)) {
    const close = closingOf(text, open + 3);
    if (close === -1) break;
    if (open > from) found.push({ kind: 'text', text: text.slice(from, open) });
    found.push({ kind: 'expression', text: text.slice(open + 3, close).trim() });
    from = close + 2;
  }
  if (from < text.length) found.push({ kind: 'text', text: text.slice(from) });
  return found;
}

/** Where `}}` closes the expression; braces within a string do not. */
function closingOf(text: string, from: number): number {
  let inString = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") inString = !inString;
    if (!inString && text.startsWith('}}', at)) return at;
  }
  return -1;
}

function formatCall(parts: readonly Piece[]): string {
  const expressions = parts.filter((part) => part.kind === 'expression').map((part) => part.text);
  if (parts.length === 1 && expressions[0] !== undefined) return expressions[0];
  let index = 0;
  const template = parts.map((part) =>
    part.kind === 'text' ? escapeText(part.text) : `{${index++}}`,
  );
  return [`format('${template.join('')}'`, ...expressions].join(', ').concat(')');
}

const escapeText = (text: string): string =>
  text.replaceAll("'", "''").replaceAll('{', '{{').replaceAll('}', '}}');
