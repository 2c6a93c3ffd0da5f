import {
  type Contexts,
  type ExpressionFunction,
  evaluateExpression,
  type Value,
} from './expressions.ts';

/**
 * A template token as the job message carries it (protocol D.3): a bare scalar, or an object whose
 * `type` says what it is. Expressions arrive unevaluated.
 */
export type TemplateToken =
  | null
  | string
  | number
  | boolean
  | { readonly type?: 0; readonly lit: string }
  | { readonly type: 1; readonly seq?: readonly TemplateToken[] }
  | { readonly type: 2; readonly map?: readonly TemplatePair[] }
  | { readonly type: 3; readonly expr: string }
  | { readonly type: 4; readonly directive?: string }
  | { readonly type: 5; readonly bool?: boolean }
  | { readonly type: 6; readonly num?: number }
  | { readonly type: 7 };

export interface TemplatePair {
  readonly Key: TemplateToken;
  readonly Value: TemplateToken;
}

type Evaluate = (expression: string) => Value;

/** Evaluates a token and everything below it. Throws `ExpressionFailure` for a bad expression. */
export function evaluateToken(
  token: TemplateToken | undefined,
  contexts: Contexts,
  functions: readonly ExpressionFunction[] = [],
): Value {
  return resolve(token, (expression) => evaluateExpression(expression, contexts, functions));
}

function resolve(token: TemplateToken | undefined, evaluate: Evaluate): Value {
  if (token === undefined || token === null) return null;
  if (typeof token !== 'object') return token;
  switch (token.type) {
    case 1:
      return (token.seq ?? []).map((item) => resolve(item, evaluate));
    case 2:
      return resolveMapping(token.map ?? [], evaluate);
    case 3:
      return evaluate(token.expr);
    case 4:
    case 7:
      return null;
    case 5:
      return token.bool ?? false;
    case 6:
      return token.num ?? 0;
    default:
      return token.lit ?? '';
  }
}

/** `${{ insert }}` keys merge the mapping that their value evaluates to. */
function resolveMapping(pairs: readonly TemplatePair[], evaluate: Evaluate): Value {
  const result: Record<string, Value> = {};
  for (const { Key, Value: item } of pairs) {
    const value = resolve(item, evaluate);
    if (isInsert(Key)) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        Object.assign(result, value);
    } else {
      result[String(resolve(Key, evaluate))] = value;
    }
  }
  return result;
}

const isInsert = (token: TemplateToken): boolean =>
  typeof token === 'object' && token !== null && token.type === 4;

/** The pairs of a mapping token, unevaluated; an absent token has none. */
export const pairsOf = (token: TemplateToken | undefined): readonly TemplatePair[] =>
  typeof token === 'object' && token !== null && token.type === 2 ? (token.map ?? []) : [];

/** The text of a literal key. */
export const keyText = (token: TemplateToken): string => String(evaluateToken(token, {}));
