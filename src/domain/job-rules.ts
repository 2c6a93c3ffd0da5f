import {
  type JobMatch,
  type JobTraits,
  MATCH_FIELDS,
  type MatchField,
  matchesLower,
} from './job-match.ts';

/** A rule: what it asks of a job, and what it then says. */
export interface Rule<Value> {
  readonly match: JobMatch;
  readonly value: Value;
}

export interface CompiledRules<Value> {
  /** The value of the first rule that fits the job. */
  first(traits: JobTraits): Value | undefined;
  /** The values of all rules that fit, in the order of the rules. */
  all(traits: JobTraits): readonly Value[];
  /** The fields that any rule looks at: jobs that agree in these and in labels fare alike. */
  readonly fields: ReadonlySet<MatchField>;
}

interface Entry<Value> {
  readonly position: number;
  readonly value: Value;
  /** Lower-case. Everything is checked again: the key only narrows down. */
  readonly patterns: readonly (readonly [MatchField, readonly string[]])[];
  readonly labels: readonly string[];
}

/**
 * Rules whose keys are made alike: from the same fields, whole or by their first characters, and
 * with or without one label. A job needs one look-up per shape and label, however many rules there
 * are (packet filters call this tuple space search).
 */
interface Shape<Value> {
  readonly parts: readonly KeyPart[];
  readonly byLabel: boolean;
  readonly table: Map<string, Entry<Value>[]>;
}

interface KeyPart {
  readonly field: MatchField;
  /** So many first characters; null: the whole text. */
  readonly length: number | null;
}

const SEPARATOR = '\n';

/**
 * Makes rules fast to ask. The cost of an answer depends on the number of shapes (combinations of
 * fields and lengths of prefixes), not of rules; only rules whose sole pattern begins with `*`, and
 * rules that differ in nothing but a second choice of patterns, are tried one by one.
 */
export function compileRules<Value>(rules: readonly Rule<Value>[]): CompiledRules<Value> {
  const shapes = new Map<string, Shape<Value>>();
  for (const [position, { match, value }] of rules.entries()) {
    const entry = { position, value, ...lowered(match) };
    for (const repository of entry.patterns.find(([field]) => field === 'repository')?.[1] ?? [
      null,
    ]) {
      addEntry(shapes, entry, repository);
    }
  }
  const list = [...shapes.values()];
  const fields = new Set(
    MATCH_FIELDS.filter((field) => rules.some(({ match }) => match[field] !== undefined)),
  );
  return {
    fields,
    first: (traits) => {
      const job = lowerTraits(traits);
      let best: Entry<Value> | undefined;
      eachCandidate(list, job, (entry) => {
        if (best !== undefined && entry.position >= best.position) return false;
        if (fits(entry, job)) best = entry;
        return best !== entry;
      });
      return best?.value;
    },
    all: (traits) => {
      const job = lowerTraits(traits);
      const found = new Map<number, Value>();
      eachCandidate(list, job, (entry) => {
        if (fits(entry, job)) found.set(entry.position, entry.value);
        return true;
      });
      return [...found].sort(([a], [b]) => a - b).map(([, value]) => value);
    },
  };
}

function lowered(match: JobMatch): Pick<Entry<unknown>, 'patterns' | 'labels'> {
  const low = (texts: readonly string[]) => texts.map((text) => text.toLowerCase());
  return {
    patterns: MATCH_FIELDS.flatMap((field) => {
      const patterns = match[field];
      return patterns === undefined ? [] : [[field, low(patterns)] as const];
    }),
    labels: low(match.labels ?? []),
  };
}

/** A rule with several repositories stands under each of them. */
function addEntry<Value>(
  shapes: Map<string, Shape<Value>>,
  entry: Entry<Value>,
  repository: string | null,
): void {
  const label = entry.labels[0];
  const keyed = keyedPatterns(entry, repository);
  const parts = keyed.map(([field, pattern]) => ({ field, length: prefixLength(pattern) }));
  const name = `${parts.map(({ field, length }) => `${field}:${length ?? ''}`)} ${label !== undefined}`;
  const shape = shapes.get(name) ?? { parts, byLabel: label !== undefined, table: new Map() };
  shapes.set(name, shape);
  const texts = keyed.map(([, pattern]) => pattern.slice(0, prefixLength(pattern) ?? undefined));
  const key = [...texts, ...(label === undefined ? [] : [label])].join(SEPARATOR);
  const bucket = shape.table.get(key);
  if (bucket === undefined) shape.table.set(key, [entry]);
  else bucket.push(entry);
}

/** The single patterns of a rule; of those with a star only the one that begins with most text. */
function keyedPatterns<Value>(
  { patterns }: Entry<Value>,
  repository: string | null,
): readonly (readonly [MatchField, string])[] {
  const single = patterns.flatMap(([field, choices]): (readonly [MatchField, string])[] => {
    if (field === 'repository') return repository === null ? [] : [[field, repository]];
    const [only, ...others] = choices;
    return only === undefined || others.length > 0 ? [] : [[field, only]];
  });
  const longest = Math.max(0, ...single.map(([, pattern]) => prefixLength(pattern) ?? 0));
  let isTaken = longest === 0;
  return single.filter(([, pattern]) => {
    const length = prefixLength(pattern);
    if (length === null) return true;
    const isKept = !isTaken && length === longest;
    isTaken ||= isKept;
    return isKept;
  });
}

const prefixLength = (pattern: string): number | null => {
  const star = pattern.indexOf('*');
  return star < 0 ? null : star;
};

function lowerTraits(traits: JobTraits): JobTraits {
  return {
    repository: traits.repository.toLowerCase(),
    workflow: traits.workflow.toLowerCase(),
    job: traits.job.toLowerCase(),
    branch: traits.branch?.toLowerCase() ?? null,
    event: traits.event?.toLowerCase() ?? null,
    labels: traits.labels.map((label) => label.toLowerCase()),
  };
}

/** Shows entries that may fit, those of one key in their order, until `visit` has seen enough of it. */
function eachCandidate<Value>(
  shapes: readonly Shape<Value>[],
  job: JobTraits,
  visit: (entry: Entry<Value>) => boolean,
): void {
  for (const shape of shapes) {
    const key = keyOf(shape.parts, job);
    if (key === null) continue;
    if (!shape.byLabel) visitBucket(shape.table.get(key), visit);
    else {
      const start = shape.parts.length === 0 ? '' : key + SEPARATOR;
      for (const label of job.labels) visitBucket(shape.table.get(start + label), visit);
    }
  }
}

function visitBucket<Value>(
  bucket: readonly Entry<Value>[] | undefined,
  visit: (entry: Entry<Value>) => boolean,
): void {
  if (bucket === undefined) return;
  for (const entry of bucket) if (!visit(entry)) return;
}

function keyOf(parts: readonly KeyPart[], job: JobTraits): string | null {
  let key = '';
  for (const [index, { field, length }] of parts.entries()) {
    const text = job[field];
    if (text === null) return null;
    if (index > 0) key += SEPARATOR;
    key += length === null ? text : text.slice(0, length);
  }
  return key;
}

function fits<Value>(entry: Entry<Value>, job: JobTraits): boolean {
  return (
    entry.labels.every((label) => job.labels.includes(label)) &&
    entry.patterns.every(([field, patterns]) => {
      const text = job[field];
      return text !== null && patterns.some((pattern) => matchesLower(pattern, text));
    })
  );
}
