import { createLiteralMatcher } from './literal-matcher.ts';
import type { LiteralMatcher } from './window-search.ts';

/** Building a matcher anew costs about as much per character as searching so many for one literal. */
const SEARCHES_PER_CHARACTER = 30;

export type Range = [start: number, end: number];

/** Literals that come one by one, each to be found from then on. */
export class LiteralSet {
  readonly #literals = new Set<string>();
  /** Not in the matcher yet: searched one by one, until that has cost more than a new matcher. */
  #recent: string[] = [];
  #searched = 0;
  #characters = 0;
  #matcher: LiteralMatcher = createLiteralMatcher([]);

  add(literal: string): void {
    if (this.#literals.has(literal)) return;
    this.#literals.add(literal);
    this.#recent.push(literal);
    this.#characters += literal.length;
  }

  /** Ranges that together cover every occurrence. */
  find(text: string): Range[] {
    this.#settle(text.length);
    const ranges: Range[] = [];
    this.#matcher.scan(text, (start, end) => ranges.push([start, end]));
    for (const literal of this.#recent) {
      for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
        ranges.push([at, at + literal.length]);
      }
    }
    return ranges;
  }

  #settle(length: number): void {
    if (this.#recent.length === 0) return;
    this.#searched += this.#recent.length * length;
    if (this.#searched < this.#characters * SEARCHES_PER_CHARACTER) return;
    this.#matcher = createLiteralMatcher(this.#literals);
    this.#recent = [];
    this.#searched = 0;
  }
}
