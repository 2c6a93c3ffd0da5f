/** What rules may look at: the facts of a job that its repository's authors decide. */
export interface JobTraits {
  /** `owner/name`. */
  readonly repository: string;
  readonly workflow: string;
  /** The job's name. */
  readonly job: string;
  readonly branch: string | null;
  /** The event of its run; null until the run has been looked up. */
  readonly event: string | null;
  /** The literal `runs-on` list. */
  readonly labels: readonly string[];
}

export const MATCH_FIELDS = ['repository', 'workflow', 'job', 'branch', 'event'] as const;
export type MatchField = (typeof MATCH_FIELDS)[number];

/**
 * What a rule asks of a job. Every field that is there must hold. A field's text is a pattern in
 * which `*` stands for anything, compared without regard to case; of several patterns one must fit.
 * `labels` must all be among the job's labels; they are no patterns. An empty match fits every job.
 */
export type JobMatch = { readonly [field in MatchField]?: readonly string[] | undefined } & {
  readonly labels?: readonly string[] | undefined;
};

/** Whether the match holds: the definition that {@link compileRules} must agree with. */
export function matchesJob(match: JobMatch, traits: JobTraits): boolean {
  const labels = new Set(traits.labels.map((label) => label.toLowerCase()));
  return (
    (match.labels ?? []).every((label) => labels.has(label.toLowerCase())) &&
    MATCH_FIELDS.every((field) => {
      const patterns = match[field];
      return patterns === undefined || matchesAny(patterns, traits[field]);
    })
  );
}

const matchesAny = (patterns: readonly string[], text: string | null): boolean =>
  text !== null && patterns.some((pattern) => matchesPattern(pattern, text));

/** Whether the text fits the pattern: `*` stands for any text, case does not matter. */
export const matchesPattern = (pattern: string, text: string): boolean =>
  matchesLower(pattern.toLowerCase(), text.toLowerCase());

/**
 * {@link matchesPattern} for texts that are lower-case already. Linear but for patterns with several
 * stars, and never exponential: the parts between stars are looked for from left to right.
 */
export function matchesLower(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  if (!text.startsWith(pattern.slice(0, star))) return false;
  const parts = pattern.slice(star + 1).split('*');
  const last = parts.pop() ?? '';
  let at = star;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
