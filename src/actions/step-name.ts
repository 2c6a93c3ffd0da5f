import { firstLine } from './shells.ts';
import { keyText, pairsOf, type TemplateToken } from './template-token.ts';

/** What a step is, as its message says (protocol D.5). */
export interface NamedStep {
  readonly displayName?: string | null | undefined;
  readonly displayNameToken?: TemplateToken | undefined;
  readonly inputs?: TemplateToken | undefined;
  readonly reference: {
    readonly type: string | number;
    readonly name?: string | null | undefined;
    readonly ref?: string | null | undefined;
    readonly path?: string | null | undefined;
    readonly image?: string | null | undefined;
  };
}

export type StepKind = 'script' | 'repository' | 'container';

/** The kind of a step; the wire has words or numbers for it. */
export function stepKind(type: string | number): StepKind | null {
  switch (String(type).toLowerCase()) {
    case 'script':
    case '3':
      return 'script';
    case 'repository':
    case '1':
      return 'repository';
    case 'containerregistry':
    case '2':
      return 'container';
    default:
      return null;
  }
}

/** The token a step's name is made of, and what stands before it. */
export function nameSource(step: NamedStep): {
  readonly prefix: string;
  readonly token: TemplateToken;
} {
  if (step.displayName) return { prefix: '', token: step.displayName };
  if (step.displayNameToken !== undefined && step.displayNameToken !== null) {
    return { prefix: '', token: step.displayNameToken };
  }
  return { prefix: 'Run ', token: defaultName(step) };
}

function defaultName({ reference, inputs }: NamedStep): TemplateToken {
  switch (stepKind(reference.type)) {
    case 'script':
      return inputToken(inputs, 'script') ?? '';
    case 'container':
      return reference.image ?? '';
    default:
      return actionName(reference);
  }
}

/** `owner/repo/path@ref`, or the path of a local action. */
export function actionName({ name, path, ref }: NamedStep['reference']): string {
  const below = path ? (name ? `/${path}` : path) : '';
  return `${name ?? ''}${below}${ref ? `@${ref}` : ''}`;
}

/** An input of a step by its name, in any spelling of case; unevaluated. */
export const inputToken = (
  inputs: TemplateToken | undefined,
  name: string,
): TemplateToken | undefined =>
  pairsOf(inputs).find(({ Key }) => keyText(Key).toLowerCase() === name.toLowerCase())?.Value;

/** A step's name from its evaluated text; one that says nothing is called `run`. */
export const formatStepName = (prefix: string, text: string): string => {
  const line = firstLine(text);
  return line === '' ? 'run' : `${prefix}${line}`;
};

/** A token as somebody would have written it: what is shown until it can be evaluated. */
export function showToken(token: TemplateToken | undefined): string {
  if (token === undefined || token === null) return '';
  if (typeof token !== 'object') return String(token);
  switch (token.type) {
    case 3:
      return showExpression(token.expr);
    case 5:
      return String(token.bool ?? false);
    case 6:
      return String(token.num ?? 0);
    case undefined:
    case 0:
      return token.lit;
    default:
      return '';
  }
}

/** Mixed text arrives as `format('a {0}', x)` (protocol D.3); it is shown as `a ${{ x }}`. */
function showExpression(expression: string): string {
  const call = /^format\('((?:[^']|'')*)'((?:\s*,[\s\S]*)?)\)$/.exec(expression.trim());
  const values = call === null ? [] : splitArguments(call[2] ?? '');
  if (call === null) return `\${{ ${expression.trim()} }}`;
  return (call[1] ?? '')
    .replaceAll("''", "'")
    .replace(/\{\{|\}\}|\{(\d+)\}/g, (text, index: string | undefined) =>
      index === undefined ? text.slice(1) : `\${{ ${values[Number(index)] ?? ''} }}`,
    );
}

/** The arguments after the first, split at commas that are in no string and no bracket. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  for (const c of text) {
    if (c === "'") quoted = !quoted;
    else if (!quoted && '(['.includes(c)) depth++;
    else if (!quoted && ')]'.includes(c)) depth--;
    if (c === ',' && !quoted && depth === 0) parts.push('');
    else parts.push((parts.pop() ?? '') + c);
  }
  return parts.map((part) => part.trim());
}
