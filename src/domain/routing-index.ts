import { compileRules } from './job-rules.ts';
import { inPreference, type LabelRules, type RoutedJob, type RoutedPool } from './routing-pool.ts';
import { meetsRequirement, parseRequirement } from './routing-requirement.ts';

/** A set of pools: bit `i` is the pool at place `i` in the order of preference. */
export type PoolSet = Uint32Array;

export interface PoolIndex {
  /** In order of preference. */
  readonly pools: readonly RoutedPool[];
  /** The pools that {@link refusalOf} refuses nothing of. The answer is the caller's to change. */
  admitted(job: RoutedJob): PoolSet;
  /** The pools that no rule needs to name. */
  readonly open: PoolSet;
}

/** Repositories and requirement labels are free text of strangers: only so many are remembered. */
const MOST_REMEMBERED = 10_000;

/**
 * Pools by label as sets of bits, so that a job's pools are found with one `and` per label,
 * whatever the number of pools.
 */
export function indexPools(pools: readonly RoutedPool[], rules: LabelRules): PoolIndex {
  const ordered = inPreference(pools);
  const labels = labelSets(ordered, rules);
  const repositories = repositorySets(ordered);
  const setOf = (test: (pool: RoutedPool) => boolean) => collect(ordered, test);
  const trusting = setOf(({ forks }) => forks === 'allow');
  return {
    pools: ordered,
    open: setOf(({ exclusive }) => !exclusive),
    admitted: (job) => {
      const found = new Uint32Array(repositories(job));
      for (const label of job.labels) intersect(found, labels(label));
      if (job.fork !== 'no') intersect(found, trusting);
      return found;
    },
  };
}

/** The pools that offer a label (see {@link offersLabel}). */
function labelSets(pools: readonly RoutedPool[], rules: LabelRules): (label: string) => PoolSet {
  const named = literalSets(pools, rules);
  const requirements = requirementSets(pools);
  const none = collect(pools, () => false);
  const plain = (label: string): PoolSet =>
    union(named.get(label.toLowerCase()) ?? none, requirements(label) ?? none);
  const aliases = Object.entries(rules.aliases).map(([name, labels]) => {
    const standing = collect(pools, () => true);
    for (const label of labels) intersect(standing, plain(label));
    return [name.toLowerCase(), union(plain(name), standing)] as const;
  });
  for (const [name, set] of aliases) named.set(name, set);
  return (text) => {
    const label = text.toLowerCase();
    const set = named.get(label);
    const able = requirements(label);
    if (set === undefined || able === null) return set ?? able ?? none;
    return union(set, able);
  };
}

function literalSets(pools: readonly RoutedPool[], { implied }: LabelRules): Map<string, PoolSet> {
  const sets = new Map<string, PoolSet>();
  for (const [at, pool] of pools.entries()) {
    for (const label of [...pool.labels, ...implied].map((each) => each.toLowerCase())) {
      const set = sets.get(label) ?? collect(pools, () => false);
      sets.set(label, set);
      add(set, at);
    }
  }
  return sets;
}

/** The pools that meet a requirement; null for labels that are none. */
function requirementSets(pools: readonly RoutedPool[]): (label: string) => PoolSet | null {
  const remembered = new Map<string, PoolSet>();
  return (label) => {
    const known = remembered.get(label);
    if (known !== undefined) return known;
    const wanted = parseRequirement(label);
    if (wanted === null) return null;
    const found = collect(pools, ({ capabilities }) => meetsRequirement(capabilities, wanted));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(label, found);
    return found;
  };
}

/** The pools that allow a repository: those without a list, and those with a fitting pattern. */
function repositorySets(pools: readonly RoutedPool[]): (job: RoutedJob) => PoolSet {
  const unlimited = collect(pools, ({ repositories }) => repositories.length === 0);
  const limited = compileRules(
    pools.flatMap(({ repositories }, value) =>
      repositories.length === 0 ? [] : [{ match: { repository: repositories }, value }],
    ),
  );
  const remembered = new Map<string, PoolSet>();
  return (job) => {
    const known = remembered.get(job.repository);
    if (known !== undefined) return known;
    const found = new Uint32Array(unlimited);
    for (const at of limited.all(job)) add(found, at);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(job.repository, found);
    return found;
  };
}

function collect(pools: readonly RoutedPool[], test: (pool: RoutedPool) => boolean): PoolSet {
  const set = new Uint32Array(Math.ceil(pools.length / 32));
  for (const [at, pool] of pools.entries()) if (test(pool)) add(set, at);
  return set;
}

function add(set: PoolSet, at: number): void {
  set[at >>> 5] = (set[at >>> 5] ?? 0) | (1 << (at & 31));
}

function union(one: PoolSet, other: PoolSet): PoolSet {
  const both = new Uint32Array(one);
  for (const [word, bits] of other.entries()) both[word] = (both[word] ?? 0) | bits;
  return both;
}

export const has = (set: PoolSet, at: number): boolean =>
  ((set[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;

/** Leaves in the first set what is also in the second. */
export function intersect(set: PoolSet, other: PoolSet): void {
  for (let word = 0; word < set.length; word++) {
    set[word] = (set[word] ?? 0) & (other[word] ?? 0);
  }
}

/** Those of the things at the places in the set, in order of preference. */
export function chosen<Thing>(set: PoolSet, things: readonly Thing[]): Thing[] {
  const found: Thing[] = [];
  for (let word = 0; word < set.length; word++) {
    let bits = set[word] ?? 0;
    while (bits !== 0) {
      const thing = things[(word << 5) + (31 - Math.clz32(bits & -bits))];
      if (thing !== undefined) found.push(thing);
      bits &= bits - 1;
    }
  }
  return found;
}
