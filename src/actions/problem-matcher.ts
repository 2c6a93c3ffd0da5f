import { isList, isRecord, type Value } from './expressions.ts';
import { withInlineFlags } from './inline-flags.ts';

/** Problem matchers (protocol G.10): they find errors of tools in ordinary output. */
export interface MatcherPattern {
  readonly regex: RegExp;
  readonly groups: Readonly<Partial<Record<Field, number>>>;
  readonly loop: boolean;
}

export interface MatcherConfig {
  readonly owner: string;
  readonly severity: string;
  readonly fromPath: string;
  readonly patterns: readonly MatcherPattern[];
}

const FIELDS = ['file', 'line', 'column', 'severity', 'code', 'message', 'fromPath'] as const;
type Field = (typeof FIELDS)[number];

export type Found = Partial<Record<Field, string>>;

/** Thrown for a matcher file that is not usable; the command that named the file fails. */
export class MatcherProblem extends Error {}

/** Reads a matcher file's JSON. Throws {@link MatcherProblem}. */
export function parseMatchers(json: Value): MatcherConfig[] {
  const list = isRecord(json) ? json['problemMatcher'] : undefined;
  if (list === undefined || !isList(list)) return [];
  const configs = list.map(parseMatcher);
  const owners = new Set<string>();
  for (const { owner } of configs) {
    const key = owner.toLowerCase();
    if (owners.has(key)) throw new MatcherProblem(`Duplicate owner name '${owner}'`);
    owners.add(key);
  }
  return configs;
}

const textOf = (value: Value | undefined): string => (typeof value === 'string' ? value : '');

function parseMatcher(json: Value): MatcherConfig {
  if (!isRecord(json)) throw new MatcherProblem('A problem matcher must be an object');
  const owner = textOf(json['owner']);
  if (owner === '') throw new MatcherProblem('Owner must not be empty');
  const severity = textOf(json['severity']);
  if (!['', 'error', 'warning', 'notice'].includes(severity.toLowerCase())) {
    throw new MatcherProblem(
      `Matcher '${owner}' contains unexpected default severity '${severity}'`,
    );
  }
  const list = json['pattern'];
  if (list === undefined || !isList(list) || list.length === 0) {
    throw new MatcherProblem(`Matcher '${owner}' does not contain any patterns`);
  }
  const patterns = list.map((pattern) => parsePattern(owner, pattern));
  validatePatterns(owner, patterns);
  return { owner, severity, fromPath: textOf(json['fromPath']), patterns };
}

function parsePattern(owner: string, json: Value): MatcherPattern {
  if (!isRecord(json))
    throw new MatcherProblem(`Matcher '${owner}' has a pattern without a regexp`);
  const groups: Partial<Record<Field, number>> = {};
  for (const field of FIELDS) {
    const group = json[field];
    if (group === undefined || group === null) continue;
    if (typeof group !== 'number' || group < 0 || !Number.isInteger(group)) {
      throw new MatcherProblem(
        `The property '${field}' of matcher '${owner}' must be a group number`,
      );
    }
    groups[field] = group;
  }
  return { regex: regexOf(owner, textOf(json['regexp'])), groups, loop: json['loop'] === true };
}

function regexOf(owner: string, text: string): RegExp {
  try {
    const { source, flags } = withInlineFlags(text);
    return new RegExp(source, flags);
  } catch {
    throw new MatcherProblem(`Matcher '${owner}' has a regexp that does not parse`);
  }
}

/** How many groups an expression has, the whole match included: an empty alternative shows them all. */
const groupCount = ({ source, flags }: RegExp): number =>
  new RegExp(`${source}|`, flags).exec('')?.length ?? 1;

function validatePatterns(owner: string, patterns: readonly MatcherPattern[]): void {
  const seen = new Set<string>();
  for (const [index, pattern] of patterns.entries()) {
    const isLast = index === patterns.length - 1;
    if (pattern.loop) validateLoop(owner, pattern, isLast && patterns.length > 1);
    const count = groupCount(pattern.regex);
    for (const [field, group] of Object.entries(pattern.groups)) {
      if (seen.has(field)) {
        throw new MatcherProblem(`The property '${field}' is set twice (matcher '${owner}')`);
      }
      if (group >= count) {
        throw new MatcherProblem(
          `The property '${field}' is set to ${group} which is out of range (matcher '${owner}')`,
        );
      }
      seen.add(field);
    }
  }
  if (!seen.has('message')) {
    throw new MatcherProblem(`At least one pattern of matcher '${owner}' must set 'message'`);
  }
}

function validateLoop(owner: string, { groups }: MatcherPattern, mayLoop: boolean): void {
  if (!mayLoop) {
    throw new MatcherProblem(
      `Only the last pattern of a matcher with several may set 'loop' (matcher '${owner}')`,
    );
  }
  if (groups.message === undefined) {
    throw new MatcherProblem(`The loop pattern must set 'message' (matcher '${owner}')`);
  }
}

/** Runs one regular expression; may refuse one that takes too long by throwing. */
export type RunRegex = (regex: RegExp, line: string) => readonly (string | undefined)[] | null;

/** The running state of one matcher over the lines of one stream of output. */
export class MatcherRun {
  readonly config: MatcherConfig;
  #running: (Found | null)[];

  constructor(config: MatcherConfig) {
    this.config = config;
    this.#running = config.patterns.map(() => null);
  }

  reset(): void {
    this.#running.fill(null);
  }

  /** What was found when `line` completes a match. Patterns are tried from the last to the first. */
  match(line: string, run: RunRegex): Found | null {
    for (let at = this.config.patterns.length - 1; at >= 0; at--) {
      const before = at === 0 ? {} : this.#running[at - 1];
      if (before === null || before === undefined) continue;
      const found = this.#advance(at, before, line, run);
      if (found !== null) return this.#complete(found);
    }
    return null;
  }

  /** Tries one pattern behind the matches that run before it; only the last one finds something. */
  #advance(at: number, before: Found, line: string, run: RunRegex): Found | null {
    const pattern = this.config.patterns[at];
    const groups = pattern === undefined ? null : run(pattern.regex, line);
    const isLast = at === this.config.patterns.length - 1;
    if (pattern === undefined || groups === null) {
      if (!isLast) this.#running[at] = null;
      else if (at > 0) this.#running[at - 1] = null;
      return null;
    }
    const found = collect(before, pattern, groups);
    if (!isLast) {
      this.#running[at] = found;
      return null;
    }
    this.reset();
    if (pattern.loop) this.#running[at - 1] = before;
    return found;
  }

  #complete(found: Found): Found {
    const { severity, fromPath } = this.config;
    return {
      ...found,
      ...(found.severity || severity === '' ? {} : { severity }),
      ...(found.fromPath || fromPath === '' ? {} : { fromPath }),
    };
  }
}

function collect(
  before: Found,
  { groups }: MatcherPattern,
  values: readonly (string | undefined)[],
): Found {
  const found: Found = { ...before };
  for (const field of FIELDS) {
    const group = groups[field];
    if (group !== undefined && found[field] === undefined) found[field] = values[group] ?? '';
  }
  return found;
}

/**
 * Whether the text of a `.git/config` is that of a checkout of the repository `owner/name`, from
 * whatever server and by whatever way: a stand-in and a mirror have other addresses.
 */
export function isCheckoutOf(gitConfig: string, repository: string): boolean {
  const name = repository.toLowerCase();
  return gitConfig.split('\n').some((line) => {
    const url = /^\s*url\s*=\s*(\S+)\s*$/i
      .exec(line)?.[1]
      ?.toLowerCase()
      .replace(/\.git$/, '');
    return url !== undefined && (url.endsWith(`/${name}`) || url.endsWith(`:${name}`));
  });
}

/** Matchers see lines without color codes. */
export const withoutColors = (line: string): string =>
  line.includes('\x1b[') ? line.replace(/\x1b\[[0-9;]*m?/g, '') : line;
