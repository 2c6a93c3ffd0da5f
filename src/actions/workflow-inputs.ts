import { isBoolean, isNumber, isString } from '@actions/workflow-parser';
import type { Value } from './expressions.ts';
import type { DispatchInput, InputType } from './workflow-model.ts';
import { itemsOf, membersOf, type ParsedToken, textOf } from './workflow-tokens.ts';

const TYPES: readonly InputType[] = ['string', 'number', 'boolean', 'choice', 'environment'];

/** The inputs that `on.workflow_dispatch` declares. */
export function readDispatchInputs(event: ParsedToken | undefined): readonly DispatchInput[] {
  const declared = membersOf(membersOf(event).get('inputs'));
  return [...declared].map(([name, token]) => {
    const members = membersOf(token);
    const required = members.get('required');
    const type = textOf(members.get('type'));
    return {
      name,
      type: TYPES.find((each) => each === type) ?? 'string',
      required: required !== undefined && isBoolean(required) && required.value,
      default: scalarOf(members.get('default')),
      options: itemsOf(members.get('options')).flatMap((item) => textOf(item) ?? []),
    };
  });
}

function scalarOf(token: ParsedToken | undefined): string | number | boolean | null {
  if (token === undefined) return null;
  return isString(token) || isNumber(token) || isBoolean(token) ? token.value : null;
}

export type ResolvedInputs =
  /** `typed` is the `inputs` context, `texts` is `github.event.inputs`. */
  | {
      readonly typed: Readonly<Record<string, Value>>;
      readonly texts: Readonly<Record<string, string>>;
    }
  | { readonly refused: string };

/**
 * Checks and completes the inputs of a workflow_dispatch. Given values are compared as text, as
 * GitHub's form sends them; the refusals are the messages of its 422 answers.
 */
export function resolveInputs(
  declared: readonly DispatchInput[],
  given: Readonly<Record<string, unknown>>,
): ResolvedInputs {
  const known = new Set(declared.map((input) => input.name));
  const unexpected = Object.keys(given).filter((name) => !known.has(name));
  if (unexpected.length > 0) {
    return { refused: `Unexpected inputs provided: ${JSON.stringify(unexpected)}` };
  }
  const typed: Record<string, Value> = {};
  const texts: Record<string, string> = {};
  for (const input of declared) {
    const value = given[input.name] ?? input.default;
    const refused = refuse(input, value);
    if (refused !== null) return { refused };
    typed[input.name] = convert(input, value);
    texts[input.name] = textValue(input, value);
  }
  return { typed, texts };
}

const isAbsent = (value: unknown): boolean => value === null || value === undefined || value === '';

function refuse(input: DispatchInput, value: unknown): string | null {
  if (isAbsent(value)) {
    return input.required ? `Required input '${input.name}' not provided` : null;
  }
  const text = String(value);
  if (input.type === 'choice' && !input.options.includes(text)) {
    return `Provided value '${text}' for input '${input.name}' not in the list of allowed values`;
  }
  if (input.type === 'boolean' && text !== 'true' && text !== 'false') {
    return `Provided value '${text}' for input '${input.name}' is not a valid boolean`;
  }
  if (input.type === 'number' && Number.isNaN(Number(text))) {
    return `Provided value '${text}' for input '${input.name}' is not a valid number`;
  }
  return null;
}

function convert(input: DispatchInput, value: unknown): Value {
  const absent = isAbsent(value);
  if (input.type === 'boolean') return !absent && String(value) === 'true';
  if (input.type === 'number') return absent ? 0 : Number(value);
  return absent ? firstOption(input) : String(value);
}

function textValue(input: DispatchInput, value: unknown): string {
  if (!isAbsent(value)) return String(value);
  return input.type === 'boolean' ? 'false' : firstOption(input);
}

/** A choice without default and without value is the first option, as in GitHub's form. */
const firstOption = (input: DispatchInput): string =>
  input.type === 'choice' ? (input.options[0] ?? '') : '';
