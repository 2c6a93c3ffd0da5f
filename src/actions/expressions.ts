import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { FROM_JSON, fromData, toContext, toData } from './expression-data.ts';

/**
 * The expression language of protocol D.8, by GitHub's own evaluator. Values travel as plain JSON
 * (`Value`) on both sides; only this file and `expression-data.ts` know the evaluator's classes.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [key: string]: Value };

export type Contexts = Readonly<Record<string, Value>>;

export interface ExpressionFunction {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  readonly call: (...args: Value[]) => Value;
}

/** Thrown for an expression that does not parse or cannot be evaluated; the step or key fails. */
export class ExpressionFailure extends Error {
  constructor(expression: string, detail: string) {
    super(`The expression is not valid. ${detail}. Located in: ${expression}`);
    this.name = 'ExpressionFailure';
  }
}

const MAX_LENGTH = 21_000;

/**
 * Evaluates the text of one `${{ }}` (without the braces).
 *
 * `contexts` names every legal context; an unknown one is a parse error (protocol D.8). Missing
 * properties are null. Throws {@link ExpressionFailure}.
 */
export function evaluateExpression(
  expression: string,
  contexts: Contexts,
  functions: readonly ExpressionFunction[] = [],
): Value {
  if (expression.length > MAX_LENGTH) {
    throw new ExpressionFailure(
      `${expression.slice(0, 40)}…`,
      `It is longer than ${MAX_LENGTH} characters`,
    );
  }
  if (expression.trim() === '') return '';
  const definitions = [FROM_JSON, ...functions.map(toDefinition)];
  try {
    const tokens = new Lexer(expression).lex().tokens.map(withWholeString);
    const tree = new Parser(tokens, Object.keys(contexts), definitions).parse();
    const table = new Map(definitions.map((each) => [each.name.toLowerCase(), each]));
    return fromData(new Evaluator(tree, toNamed(contexts, expression), table).evaluate());
  } catch (error) {
    throw new ExpressionFailure(expression, error instanceof Error ? error.message : String(error));
  }
}

type Token = ReturnType<Lexer['lex']>['tokens'][number];

/** The package's lexer undoubles only the first `''` of a string (protocol D.8: all are escapes). */
const withWholeString = (token: Token): Token =>
  typeof token.value === 'string' && token.lexeme.startsWith("'")
    ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") }
    : token;

function toDefinition(definition: ExpressionFunction): FunctionDefinition {
  return {
    name: definition.name,
    minArgs: definition.minArgs,
    maxArgs: definition.maxArgs,
    call: (...args) => toData(definition.call(...args.map(fromData))),
  };
}

/** The contexts as data. One that the text does not even name is not worth converting. */
function toNamed(contexts: Contexts, expression: string): data.Dictionary {
  const text = expression.toLowerCase();
  const dictionary = new data.Dictionary();
  for (const [name, value] of Object.entries(contexts)) {
    dictionary.add(name, text.includes(name.toLowerCase()) ? toContext(name, value) : toData(null));
  }
  return dictionary;
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

export const isRecord = (value: Value | undefined): value is { readonly [key: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Truthiness of protocol D.8: null, false, 0, NaN and '' are false. */
export const isTruthy = (value: Value): boolean =>
  !(value === null || value === false || value === '' || value === 0 || Number.isNaN(value));

/** The string form of protocol D.8: null is empty, containers are `Object` and `Array`. */
export const toText = (value: Value): string => toData(value).coerceString();
