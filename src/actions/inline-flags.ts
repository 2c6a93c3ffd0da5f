export interface FlaggedSource {
  readonly source: string;
  /** Of JavaScript, in no certain order. */
  readonly flags: string;
}

/** A regular expression of .NET may begin with its flags, as in `(?i)`, which JavaScript does not know. */
export function withInlineFlags(pattern: string): FlaggedSource {
  const inline = /^\(\?([imsx]+)\)/.exec(pattern);
  const flags = [...new Set(inline?.[1]?.replaceAll('x', '') ?? '')].join('');
  return { source: pattern.slice(inline?.[0].length ?? 0), flags };
}
