import { ReusedBytes } from '../domain/reused-bytes.ts';
import { withInlineFlags } from './inline-flags.ts';
import { LiteralSet, type Range } from './literal-set.ts';
import { encodingsOf } from './value-encoders.ts';

const MASK = Buffer.from('***');
const NEGATIVE_LOOK = /\(\?<?!/;

/**
 * Replaces secrets in text (protocol G.11): all literal values in all their encodings and all
 * regular expressions are found, overlapping and adjacent finds become one range, each range becomes
 * `***`. Case-sensitive, no minimum length. A value masks from the very next call on.
 */
export class SecretMasker {
  readonly #values = new Set<string>();
  readonly #literals = new LiteralSet();
  /** Those that a single line can hold. */
  readonly #ofLines = new LiteralSet();
  readonly #regexes: RegExp[] = [];
  /** Told of a block, whether a line in it may match. */
  readonly #blockTests: ((block: string) => boolean)[] = [];
  readonly #masked = new ReusedBytes();

  /** Adds a value as it is. Empty values mask nothing. */
  addValue(value: string): void {
    if (value === '' || this.#values.has(value)) return;
    this.#values.add(value);
    for (const form of encodingsOf(value)) {
      this.#literals.add(form);
      if (!form.includes('\n')) this.#ofLines.add(form);
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
    const { source, flags } = withInlineFlags(pattern);
    this.#regexes.push(new RegExp(source, `g${flags}`));
    // What matches a line also matches the block around it when `^` and `$` stand for line ends,
    // unless the expression says what must not follow or precede.
    const ofLines = new RegExp(source, flags.includes('m') ? flags : `m${flags}`);
    this.#blockTests.push((block) => NEGATIVE_LOOK.test(source) || ofLines.test(block));
  }

  /** Whether `text` holds nothing to mask. */
  isClean(text: string): boolean {
    return this.#find(text, Buffer.from(text)).length === 0;
  }

  /** Masks one message, which may have several lines. */
  mask(text: string): string {
    const bytes = Buffer.from(text);
    const ranges = this.#find(text, bytes);
    return ranges.length === 0 ? text : this.#replace(bytes, ranges).toString();
  }

  /**
   * Masks a block of lines in UTF-8, each of them as a message of its own. No line break is touched.
   * The result holds until the next call.
   */
  maskLines(block: Buffer): Buffer {
    if (this.#blockTests.length > 0) {
      const text = block.toString();
      if (this.#blockTests.some((mayMatch) => mayMatch(text))) {
        const masked = text.split('\n').map((line) => this.mask(line));
        return Buffer.from(masked.join('\n'));
      }
    }
    const ranges = this.#ofLines.find(block);
    return ranges.length === 0 ? block : this.#replace(block, ranges);
  }

  #find(text: string, bytes: Buffer): Range[] {
    const ranges = this.#literals.find(bytes);
    for (const regex of this.#regexes) {
      for (const found of text.matchAll(regex)) {
        if (found[0] === '') continue;
        const start = Buffer.byteLength(text.slice(0, found.index));
        ranges.push([start, start + Buffer.byteLength(found[0])]);
      }
    }
    return ranges;
  }

  #replace(bytes: Buffer, ranges: Range[]): Buffer {
    this.#masked.clear();
    let done = 0;
    for (const [start, end] of merge(ranges)) {
      this.#masked.append(bytes, done, start);
      this.#masked.append(MASK);
      done = end;
    }
    this.#masked.append(bytes, done);
    return this.#masked.bytes;
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
