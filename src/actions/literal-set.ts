import { createLiteralMatcher } from './literal-matcher.ts';
import type { LiteralMatcher } from './literal-scan.ts';

/** Building a matcher anew costs about as much per byte as searching so many for one literal. */
const SEARCHES_PER_BYTE = 30;

/** Places in bytes. */
export type Range = [start: number, end: number];

/** Literals that come one by one, each to be found in UTF-8 from then on. */
export class LiteralSet {
  readonly #known = new Set<string>();
  readonly #literals: Buffer[] = [];
  /** Not in the matcher yet: searched one by one, until that has cost more than a new matcher. */
  #recent: Buffer[] = [];
  #searched = 0;
  #bytes = 0;
  #matcher: LiteralMatcher = createLiteralMatcher([]);

  add(text: string): void {
    if (this.#known.has(text)) return;
    this.#known.add(text);
    const literal = Buffer.from(text);
    this.#literals.push(literal);
    this.#recent.push(literal);
    this.#bytes += literal.length;
  }

  /** Ranges that together cover every occurrence. */
  find(bytes: Buffer): Range[] {
    this.#settle(bytes.length);
    const ranges: Range[] = [];
    this.#matcher.scan(bytes, (start, end) => ranges.push([start, end]));
    for (const literal of this.#recent) {
      for (let at = bytes.indexOf(literal); at >= 0; at = bytes.indexOf(literal, at + 1)) {
        ranges.push([at, at + literal.length]);
      }
    }
    return ranges;
  }

  #settle(length: number): void {
    if (this.#recent.length === 0) return;
    this.#searched += this.#recent.length * length;
    if (this.#searched < this.#bytes * SEARCHES_PER_BYTE) return;
    this.#matcher = createLiteralMatcher(this.#literals);
    this.#recent = [];
    this.#searched = 0;
  }
}
