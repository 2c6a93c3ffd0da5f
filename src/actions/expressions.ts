import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { numberText } from './number-text.ts';

/**
 * The expression language of protocol D.8, by GitHub's own evaluator. Values travel as plain JSON
 * (`Value`) on both sides; only this file knows the evaluator's classes.
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
  const definitions = [FROM_JSON, TO_JSON, ...functions.map(toDefinition)];
  try {
    const tokens = new Lexer(expression).lex().tokens.map(withWholeString);
    const tree = new Parser(tokens, Object.keys(contexts), definitions).parse();
    const table = new Map(definitions.map((each) => [each.name.toLowerCase(), each]));
    return fromData(new OwnEvaluator(tree, toNamed(contexts, expression), table).evaluate());
  } catch (error) {
    throw new ExpressionFailure(expression, error instanceof Error ? error.message : String(error));
  }
}

/** The package's own numbers are written as in JavaScript, and so are its literals. */
class NumberValue extends data.NumberData {
  override coerceString(): string {
    return numberText(this.value);
  }
}

class OwnEvaluator extends Evaluator {
  override visitLiteral(literal: Parameters<Evaluator['visitLiteral']>[0]): data.ExpressionData {
    const value = super.visitLiteral(literal);
    return value.kind === data.Kind.Number ? new NumberValue(value.number()) : value;
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

const ignoringCase = (name: string): string => name.toLowerCase();
const asItIs = (name: string): string => name;

/** The package's own dictionary loses members that are called as those of every JavaScript object. */
class Members extends data.Dictionary {
  readonly #fold: (name: string) => string;
  readonly #pairs = new Map<string, ReturnType<data.Dictionary['pairs']>[number]>();

  constructor(record: Readonly<Record<string, Value>>, fold: (name: string) => string) {
    super();
    this.#fold = fold;
    for (const [key, value] of Object.entries(record)) this.add(key, toData(value));
  }

  override add(key: string, value: data.ExpressionData): void {
    const folded = this.#fold(key);
    if (!this.#pairs.has(folded)) this.#pairs.set(folded, { key, value });
  }

  override get(key: string): data.ExpressionData | undefined {
    return this.#pairs.get(this.#fold(key))?.value;
  }

  override values(): data.ExpressionData[] {
    return this.pairs().map(({ value }) => value);
  }

  override pairs(): ReturnType<data.Dictionary['pairs']> {
    return [...this.#pairs.values()];
  }
}

/** Names in `env` differ by case, as on Linux; those of all other objects do not (protocol J, 34). */
const toContext = (name: string, value: Value): data.ExpressionData =>
  isRecord(value) ? new Members(value, name === 'env' ? asItIs : ignoringCase) : toData(value);

function toData(value: Value): data.ExpressionData {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new NumberValue(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (isRecord(value)) return new Members(value, ignoringCase);
  return new data.Array(...value.map(toData));
}

function fromData(value: data.ExpressionData): Value {
  switch (value.kind) {
    case data.Kind.Null:
      return null;
    case data.Kind.Array:
      return (value as data.Array).values().map(fromData);
    case data.Kind.Dictionary:
      return Object.fromEntries(
        (value as data.Dictionary).pairs().map((pair) => [pair.key, fromData(pair.value)]),
      );
    default:
      return (value as data.StringData | data.NumberData | data.BooleanData).value;
  }
}

/** Instead of the package's, whose objects are its own dictionaries. */
const FROM_JSON: FunctionDefinition = {
  name: 'fromJson',
  minArgs: 1,
  maxArgs: 1,
  call: (value) => {
    try {
      return toData(JSON.parse(value?.coerceString() ?? '') as Value);
    } catch (cause) {
      throw new Error('Error parsing JSON when evaluating fromJson', { cause });
    }
  },
};

/** Instead of the package's, whose numbers are JavaScript's and whose names may change their order. */
const TO_JSON: FunctionDefinition = {
  name: 'toJson',
  minArgs: 1,
  maxArgs: 1,
  call: (value) => new data.StringData(toJsonText(value ?? new data.Null(), '\n')),
};

/** JSON over several lines; `line` is the line end with the indentation that the value stands at. */
function toJsonText(value: data.ExpressionData, line: string): string {
  const inner = `${line}  `;
  const block = (open: string, items: readonly string[], close: string): string =>
    items.length === 0 ? open + close : `${open}${inner}${items.join(`,${inner}`)}${line}${close}`;
  switch (value.kind) {
    case data.Kind.Null:
      return 'null';
    case data.Kind.Array: {
      const items = (value as data.Array).values();
      return block(
        '[',
        items.map((item) => toJsonText(item, inner)),
        ']',
      );
    }
    case data.Kind.Dictionary: {
      const pairs = (value as data.Dictionary).pairs();
      const items = pairs.map(
        (pair) => `${JSON.stringify(pair.key)}: ${toJsonText(pair.value, inner)}`,
      );
      return block('{', items, '}');
    }
    case data.Kind.String:
      return JSON.stringify(value.coerceString());
    default:
      return value.coerceString();
  }
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

export const isRecord = (value: Value | undefined): value is { readonly [key: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Truthiness of protocol D.8: null, false, 0, NaN and '' are false. */
export const isTruthy = (value: Value): boolean =>
  !(value === null || value === false || value === '' || value === 0 || Number.isNaN(value));

/** The string form of protocol D.8: null is empty, containers are `Object` and `Array`. */
export const toText = (value: Value): string => toData(value).coerceString();
