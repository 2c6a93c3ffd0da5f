import { createLiteralMatcher, type LiteralMatcher } from './literal-matcher.ts';
import { encodingsOf } from './value-encoders.ts';

type Range = [start: number, end: number];

const MASK = '***';
/** Building the table anew costs about as much per literal as so many searches for one literal. */
const SEARCHES_PER_LITERAL = 16;

/**
 * Replaces secrets in text (protocol G.11): all literal values in all their encodings and all
 * regular expressions are found, overlapping and adjacent finds become one range, each range becomes
 * `***`. Case-sensitive, no minimum length. A value masks from the very next call on.
 */
export class SecretMasker {
  readonly #values = new Set<string>();
  readonly #literals = new Set<string>();
  readonly #regexes: RegExp[] = [];
  /** Not in the table yet: searched one by one, until that has cost more than a new table. */
  #recent: string[] = [];
  #searches = 0;
  #matcher: LiteralMatcher = createLiteralMatcher([]);

  /** Adds a value as it is. Empty values mask nothing. */
  addValue(value: string): void {
    if (value === '' || this.#values.has(value)) return;
    this.#values.add(value);
    for (const form of encodingsOf(value)) {
      if (this.#literals.has(form)) continue;
      this.#literals.add(form);
      this.#recent.push(form);
    }
  }

  /** Adds a value trimmed, and each of its lines trimmed, as secrets of the job message are. */
  addSecret(value: string): void {
    this.addValue(value.trim());
    this.addLines(value);
  }

  /** Adds each line of a value, trimmed. */
  addLines(value: string): void {
    for (const line of value.split(/[\r\n]+/)) this.addValue(line.trim());
  }

  /** Adds a regular expression. Throws `SyntaxError` when it is none that can be used here. */
  addRegex(pattern: string): void {
    if (pattern === '') return;
    const inline = /^\(\?([imsx]+)\)/.exec(pattern);
    const flags = inline?.[1]?.replace('x', '') ?? '';
    this.#regexes.push(new RegExp(pattern.slice(inline?.[0].length ?? 0), `g${flags}`));
  }

  /** Whether `text` holds nothing to mask. A block of lines may be asked about at once. */
  isClean(text: string): boolean {
    this.#settle();
    return (
      !this.#matcher.test(text) &&
      !this.#recent.some((literal) => text.includes(literal)) &&
      !this.#regexes.some((regex) => {
        regex.lastIndex = 0;
        return regex.test(text);
      })
    );
  }

  mask(text: string): string {
    if (text === '' || this.isClean(text)) return text;
    const ranges = this.#find(text);
    let masked = '';
    let done = 0;
    for (const [start, end] of merge(ranges)) {
      masked += text.slice(done, start) + MASK;
      done = end;
    }
    return masked + text.slice(done);
  }

  #find(text: string): Range[] {
    const ranges: Range[] = [];
    this.#matcher.scan(text, (start, end) => ranges.push([start, end]));
    for (const literal of this.#recent) {
      for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
        ranges.push([at, at + literal.length]);
      }
    }
    for (const regex of this.#regexes) {
      regex.lastIndex = 0; // matchAll begins where the last test has stopped
      for (const found of text.matchAll(regex)) {
        if (found[0] !== '') ranges.push([found.index, found.index + found[0].length]);
      }
    }
    return ranges;
  }

  #settle(): void {
    if (this.#recent.length === 0) return;
    this.#searches += this.#recent.length;
    if (this.#searches < this.#literals.size * SEARCHES_PER_LITERAL) return;
    this.#matcher = createLiteralMatcher(this.#literals);
    this.#recent = [];
    this.#searches = 0;
  }
}

/** Overlapping and adjacent ranges become one. */
function merge(ranges: Range[]): Range[] {
  const merged: Range[] = [];
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}
