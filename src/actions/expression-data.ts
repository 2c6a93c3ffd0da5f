import { data } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import type { Value } from './expressions.ts';

/** Between plain values and the evaluator's classes, which only this file and `expressions.ts` know. */

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
export const toContext = (name: string, value: Value): data.ExpressionData =>
  isObject(value) ? new Members(value, name === 'env' ? asItIs : ignoringCase) : toData(value);

export function toData(value: Value): data.ExpressionData {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (isObject(value)) return new Members(value, ignoringCase);
  return new data.Array(...value.map(toData));
}

const isObject = (value: Value): value is { readonly [key: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function fromData(value: data.ExpressionData): Value {
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
export const FROM_JSON: FunctionDefinition = {
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
