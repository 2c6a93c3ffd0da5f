/** The files through which a step speaks to its runner (protocol G.7), in the order of processing. */
export const FILE_COMMANDS = [
  { key: 'path', variable: 'GITHUB_PATH', prefix: 'add_path_' },
  { key: 'env', variable: 'GITHUB_ENV', prefix: 'set_env_' },
  { key: 'step_summary', variable: 'GITHUB_STEP_SUMMARY', prefix: 'step_summary_' },
  { key: 'state', variable: 'GITHUB_STATE', prefix: 'save_state_' },
  { key: 'output', variable: 'GITHUB_OUTPUT', prefix: 'set_output_' },
] as const;

export type FileCommandKey = (typeof FILE_COMMANDS)[number]['key'];

export const SUMMARY_LIMIT_BYTES = 1024 * 1024;

export interface ParsedPairs {
  /** In the order of the file; those before an error count. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** Why reading stopped, in the runner's words. */
  readonly error?: string;
}

/** `name=value` lines and `name<<DELIMITER` blocks. */
export function parsePairs(text: string): ParsedPairs {
  const pairs: [string, string][] = [];
  const lines = new LineCursor(text.replace(/^\uFEFF/, ''));
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (line.text === '') continue;
    const pair = parsePair(line.text, lines);
    if (typeof pair === 'string') return { pairs, error: pair };
    pairs.push(pair);
  }
  return { pairs };
}

/** Whichever of `=` and `<<` comes first decides. */
function parsePair(line: string, lines: LineCursor): [string, string] | string {
  const equals = line.indexOf('=');
  const heredoc = line.indexOf('<<');
  if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
    return [line.slice(0, equals), line.slice(equals + 1)];
  }
  if (heredoc < 0) return `Invalid format '${line}'`;
  const name = line.slice(0, heredoc);
  const delimiter = line.slice(heredoc + 2);
  if (name === '' || delimiter === '') {
    return `Invalid format '${line}'. Name must not be empty and delimiter must not be empty`;
  }
  return lines.until(delimiter, name);
}

interface Line {
  readonly text: string;
  /** Where the line's text ends. */
  readonly end: number;
  /** Whether a line end follows. */
  readonly closed: boolean;
}

/** Lines of a text that end in LF, CRLF or CR, with their positions. */
class LineCursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Line | null {
    if (this.#at >= this.#text.length) return null;
    const found = /\r\n|\n|\r/g;
    found.lastIndex = this.#at;
    const match = found.exec(this.#text);
    const start = this.#at;
    const end = match?.index ?? this.#text.length;
    this.#at = end + (match?.[0].length ?? 0);
    return { text: this.#text.slice(start, end), end, closed: match !== null };
  }

  /** The exact text up to the line end before a line that equals `delimiter`. */
  until(delimiter: string, name: string): [string, string] | string {
    const start = this.#at;
    let end = start;
    for (let line = this.next(); line?.text !== delimiter; line = this.next()) {
      if (line === null) return `Invalid value. Matching delimiter not found '${delimiter}'`;
      if (!line.closed) return 'Invalid value. EOF marker missing new line.';
      end = line.end;
    }
    return [name, this.#text.slice(start, end)];
  }
}

/** The entries of a GITHUB_PATH file; blank lines are ignored. */
export const parsePathEntries = (text: string): string[] =>
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line !== '');

/** Adds entries to a list whose later ones come first in PATH; a repeated entry moves to the end. */
export function addPathEntries(list: readonly string[], entries: readonly string[]): string[] {
  const result = [...list];
  for (const entry of entries) {
    const at = result.indexOf(entry);
    if (at >= 0) result.splice(at, 1);
    result.push(entry);
  }
  return result;
}

/** Variables that a step may not set for later steps, in any spelling. */
export const isBlockedVariable = (name: string): boolean => name.toUpperCase() === 'NODE_OPTIONS';

/** The runner's words for a summary that is too large; sizes in bytes. */
export const summaryTooLarge = (bytes: number): string =>
  `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${SUMMARY_LIMIT_BYTES / 1024}k, got ${Math.floor(bytes / 1024)}k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`;
