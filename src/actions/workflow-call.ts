import { type Contexts, toText, type Value } from './expressions.ts';
import { evaluateToken, keyText, pairsOf, type TemplateToken } from './template-token.ts';
import type { CallInput, CallInterface, Position, WorkflowCall } from './workflow-model.ts';

interface CallProblem extends Position {
  readonly message: string;
}

/** What is wrong with a call before anything has run; the words are those of GitHub's parser. */
export function callProblems(
  call: WorkflowCall,
  declared: CallInterface | null,
): readonly CallProblem[] {
  const report = (message: string, token?: TemplateToken): CallProblem => ({
    ...(placeOf(token) ?? call.at),
    message,
  });
  if (declared === null) {
    return [
      report(
        `error parsing called workflow "${call.uses}": workflow is not reusable as it is missing a \`on.workflow_call\` trigger`,
      ),
    ];
  }
  return [...inputProblems(call, declared, report), ...secretProblems(call, declared, report)];
}

type Report = (message: string, token?: TemplateToken) => CallProblem;

function inputProblems(call: WorkflowCall, { inputs }: CallInterface, report: Report) {
  const given = membersOf(call.inputs);
  const missing = inputs
    .filter(({ name, required }) => required && !given.has(name.toLowerCase()))
    .map(({ name }) => report(`Input ${name} is required, but not provided while calling.`));
  const others = [...given.values()].flatMap(({ name, token }) => {
    const input = inputs.find((each) => sameName(each.name, name));
    if (input === undefined) {
      return [report(`Invalid input, ${name} is not defined in the referenced workflow.`, token)];
    }
    const literal = literalOf(token);
    if (literal === undefined || isOfType(input, literal)) return [];
    return [report(`Invalid input, ${name} must be a ${input.type}.`, token)];
  });
  return [...missing, ...others];
}

function secretProblems(call: WorkflowCall, { secrets }: CallInterface, report: Report) {
  if (call.secrets === 'inherit') return [];
  const given = membersOf(call.secrets);
  const missing = secrets
    .filter(({ name, required }) => required && !given.has(name.toLowerCase()))
    .map(({ name }) => report(`Secret ${name} is required, but not provided while calling.`));
  const unknown = [...given.values()]
    .filter(({ name }) => !secrets.some((secret) => sameName(secret.name, name)))
    .map(({ name, token }) =>
      report(`Invalid secret, ${name} is not defined in the referenced workflow.`, token),
    );
  return [...missing, ...unknown];
}

const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

interface Member {
  readonly name: string;
  readonly token: TemplateToken;
}

/** By name in lower case: names of inputs and secrets ignore case. */
function membersOf(token: TemplateToken | undefined): ReadonlyMap<string, Member> {
  const pairs = pairsOf(token).map(({ Key, Value: value }) => {
    const name = keyText(Key);
    return [name.toLowerCase(), { name, token: value }] as const;
  });
  return new Map(pairs);
}

/** The place of a token that was read from a file; tokens of messages have none. */
function placeOf(token: TemplateToken | undefined): Position | null {
  if (typeof token !== 'object' || token === null || !('line' in token)) return null;
  const { line, col } = token as { readonly line?: unknown; readonly col?: unknown };
  return typeof line === 'number' && typeof col === 'number' ? { line, column: col } : null;
}

/** The value of a token that is no expression; undefined for one that is. */
function literalOf(token: TemplateToken): Value | undefined {
  const isExpression = typeof token === 'object' && token !== null && token.type === 3;
  return isExpression ? undefined : evaluateToken(token, {});
}

function isOfType({ type }: CallInput, value: Value): boolean {
  if (value === null) return true;
  return type === 'string' ? typeof value !== 'object' : typeof value === type;
}

const EMPTY = { string: '', number: 0, boolean: false } as const;

/** Thrown for a call that cannot be made as it is; the calling job fails with this message. */
class CallFailure extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'CallFailure';
  }
}

/**
 * The `inputs` context of a called workflow. `contexts` are the caller's; defaults are evaluated with
 * those of the called workflow. Throws `ExpressionFailure`, or {@link CallFailure} for another type.
 */
export function callInputs(
  call: WorkflowCall,
  declared: CallInterface,
  contexts: Contexts,
  defaults: Contexts,
): Readonly<Record<string, Value>> {
  const given = membersOf(call.inputs);
  return Object.fromEntries(
    declared.inputs.map((input) => {
      const member = given.get(input.name.toLowerCase());
      const value =
        member === undefined
          ? evaluateToken(input.default, defaults)
          : evaluateToken(member.token, contexts);
      return [input.name, typed(input, value)];
    }),
  );
}

function typed(input: CallInput, value: Value): Value {
  if (value === null || value === undefined) return EMPTY[input.type];
  if (input.type === 'string') return toText(value);
  if (typeof value === input.type) return value;
  throw new CallFailure(
    `Unexpected value for input '${input.name}': '${toText(value)}' is not a ${input.type}`,
  );
}

/**
 * Secrets of a called workflow: all of the caller's, or those that the call names, which its
 * `contexts` evaluate. Names are in upper case. Throws `ExpressionFailure`.
 */
export function callSecrets(
  call: WorkflowCall,
  secrets: Readonly<Record<string, string>>,
  contexts: Contexts,
): Readonly<Record<string, string>> {
  if (call.secrets === 'inherit') return secrets;
  const given = [...membersOf(call.secrets).values()].map(
    ({ name, token }) =>
      [name.toUpperCase(), toText(evaluateToken(token, { ...contexts, secrets }))] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** What a called workflow hands back: `on.workflow_call.outputs`, empty ones left out. */
export function callOutputs(
  declared: CallInterface,
  contexts: Contexts,
): Readonly<Record<string, string>> {
  const values = declared.outputs.map(
    ({ name, value }) => [name, toText(evaluateToken(value, contexts))] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== ''));
}
