/** Workflow commands in a line of output (protocol G.8). */
export interface WorkflowCommand {
  /** Lower case. */
  readonly name: string;
  /** Keys in lower case. */
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

export const COMMAND_NAMES = [
  'set-env',
  'set-output',
  'save-state',
  'add-mask',
  'add-path',
  'add-matcher',
  'remove-matcher',
  'debug',
  'warning',
  'error',
  'notice',
  'group',
  'endgroup',
  'echo',
  'stop-commands',
] as const;

type Escapes = readonly (readonly [code: string, text: string])[];

/** `%25` comes last, so that an escaped percent sign never begins another escape. */
const DATA: Escapes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
];
const PROPERTY: Escapes = [['%3A', ':'], ['%2C', ','], ...DATA];
const LEGACY: Escapes = [['%3B', ';'], ['%5D', ']'], ...DATA];

const unescapeText = (text: string, escapes: Escapes): string =>
  text.includes('%')
    ? escapes.reduce((result, [code, plain]) => result.replaceAll(code, plain), text)
    : text;

const LF = 0x0a;
const CURRENT_START = Buffer.from('::');
const LEGACY_START = Buffer.from('##[');

/**
 * Where the lines begin that may hold a command, in a block of lines in UTF-8. Nearly all output is
 * plain, so a block is searched as a whole instead of line by line.
 */
export function* commandLines(block: Buffer): Generator<number> {
  let current = nextLineStart(block, 0);
  let legacy = block.indexOf(LEGACY_START);
  for (let at = earlier(current, legacy); at >= 0; at = earlier(current, legacy)) {
    yield lineStart(block, at);
    const end = block.indexOf(LF, at);
    if (end < 0) return;
    if (current >= 0 && current < end) current = nextLineStart(block, end);
    if (legacy >= 0 && legacy < end) legacy = block.indexOf(LEGACY_START, end);
  }
}

/** The lesser of two places; a negative one is none. */
const earlier = (one: number, other: number): number =>
  one < 0 || (other >= 0 && other < one) ? other : one;

const lineStart = (block: Buffer, at: number): number =>
  at === 0 ? 0 : block.lastIndexOf(LF, at - 1) + 1;

/** The next `::` with nothing but white space before it in its line. */
function nextLineStart(block: Buffer, from: number): number {
  let at = block.indexOf(CURRENT_START, from);
  while (at >= 0 && !onlySpaceBefore(block, at)) at = block.indexOf(CURRENT_START, at + 1);
  return at;
}

function onlySpaceBefore(block: Buffer, at: number): boolean {
  const before = block[at - 1];
  if (before === undefined || before === LF) return true;
  // Of a letter, a digit or a sign it is certain at once.
  if (before > 0x20 && before < 0x80) return false;
  return block.toString('utf8', lineStart(block, at), at).trimStart() === '';
}

/**
 * The command of a line, or null for ordinary output. `isCommand` says which names (lower case) are
 * commands: the fixed ones, and the token that ends `stop-commands`.
 */
export function parseWorkflowCommand(
  line: string,
  isCommand: (name: string) => boolean,
): WorkflowCommand | null {
  return parseCurrent(line, isCommand) ?? parseLegacy(line, isCommand);
}

/** `::name key=value,key=value::data`, after optional white space. */
function parseCurrent(line: string, isCommand: (name: string) => boolean): WorkflowCommand | null {
  const text = line.trimStart();
  if (!text.startsWith('::')) return null;
  const end = text.indexOf('::', 2);
  if (end < 0) return null;
  const [name, rest] = splitName(text.slice(2, end));
  if (!isCommand(name)) return null;
  return {
    name,
    properties: parseProperties(rest.trim(), ',', PROPERTY),
    data: unescapeText(text.slice(end + 2), DATA),
  };
}

/** `##[name key=value;key=value]data`, anywhere in the line. */
function parseLegacy(line: string, isCommand: (name: string) => boolean): WorkflowCommand | null {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return null;
  const [name, rest] = splitName(line.slice(start + 3, end));
  if (!isCommand(name)) return null;
  return {
    name,
    properties: parseProperties(rest, ';', LEGACY),
    data: unescapeText(line.slice(end + 1), LEGACY),
  };
}

function splitName(info: string): [name: string, properties: string] {
  const space = info.indexOf(' ');
  return space < 0
    ? [info.toLowerCase(), '']
    : [info.slice(0, space).toLowerCase(), info.slice(space + 1)];
}

/** A pair without a key or without a value is ignored; leading `=` signs are skipped. */
function parseProperties(text: string, separator: string, escapes: Escapes): Map<string, string> {
  const properties = new Map<string, string>();
  for (const pair of text.split(separator)) {
    const trimmed = pair.replace(/^=+/, '');
    const at = trimmed.indexOf('=');
    if (at < 0 || at === trimmed.length - 1) continue;
    const key = trimmed.slice(0, at).toLowerCase();
    properties.set(key, unescapeText(trimmed.slice(at + 1), escapes));
  }
  return properties;
}
