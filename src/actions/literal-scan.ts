/** Finds all of many literals in one pass over UTF-8. */
export interface LiteralMatcher {
  /** Calls `onMatch` for finds that together cover every occurrence of every literal. */
  scan(bytes: Uint8Array, onMatch: (start: number, end: number) => void): void;
}
