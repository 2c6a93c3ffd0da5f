import type { PoolName } from './ids.ts';
import type { JobTraits } from './job-match.ts';
import { matchesPattern } from './job-match.ts';
import {
  meetsRequirement,
  type PoolCapabilities,
  parseRequirement,
} from './routing-requirement.ts';

/** A pool as the router sees it. */
export interface RoutedPool {
  readonly name: PoolName;
  readonly labels: readonly string[];
  readonly capabilities: PoolCapabilities;
  /** Higher comes first. */
  readonly priority: number;
  /** Only for jobs that a rule sends to it by name. */
  readonly exclusive: boolean;
  /** Patterns of `owner/name`; empty: every repository. */
  readonly repositories: readonly string[];
  /** Whether jobs of pull requests from forks may run in it. */
  readonly forks: 'refuse' | 'allow';
}

/** How labels are understood beside the letter. */
export interface LabelRules {
  /** A label of `runs-on`, and the labels that a pool must have to stand for it. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  /** Labels that every pool has without naming them. */
  readonly implied: readonly string[];
}

/** Whether the job's code comes from a fork; `unknown` until its run has been looked up. */
export type ForkOrigin = 'no' | 'yes' | 'unknown';

export interface RoutedJob extends JobTraits {
  readonly fork: ForkOrigin;
}

/** Why a pool may not take a job. */
export type PoolRefusal =
  | { readonly code: 'labels-missing'; readonly labels: readonly string[] }
  | { readonly code: 'exclusive' }
  | { readonly code: 'repository-not-allowed' }
  | { readonly code: 'fork-not-allowed' }
  | { readonly code: 'origin-unknown' }
  | { readonly code: 'not-in-rule'; readonly rule: string };

/**
 * Whether the pool offers a label: it has it, every pool has it, it stands for labels that the pool
 * has (aliases are not followed further), or it is a requirement that the pool meets.
 */
export function offersLabel(pool: RoutedPool, label: string, rules: LabelRules): boolean {
  const wanted = label.toLowerCase();
  if (offersLiterally(pool, wanted, rules)) return true;
  const alias = Object.entries(rules.aliases).find(([name]) => name.toLowerCase() === wanted);
  if (alias?.[1].every((each) => offersPlainly(pool, each, rules))) return true;
  return meets(pool, wanted);
}

const offersPlainly = (pool: RoutedPool, label: string, rules: LabelRules): boolean =>
  offersLiterally(pool, label.toLowerCase(), rules) || meets(pool, label);

const offersLiterally = (pool: RoutedPool, wanted: string, { implied }: LabelRules): boolean =>
  [...pool.labels, ...implied].some((label) => label.toLowerCase() === wanted);

function meets(pool: RoutedPool, label: string): boolean {
  const requirement = parseRequirement(label);
  return requirement !== null && meetsRequirement(pool.capabilities, requirement);
}

/**
 * Why the pool may not take the job; null when it may, rules aside. This is the definition, written to
 * be read; the compiled index of `routing-index` must agree with it.
 */
export function refusalOf(
  pool: RoutedPool,
  job: RoutedJob,
  rules: LabelRules,
): Exclude<PoolRefusal, { code: 'exclusive' | 'not-in-rule' }> | null {
  const missing = job.labels.filter((label) => !offersLabel(pool, label, rules));
  if (missing.length > 0) return { code: 'labels-missing', labels: missing };
  if (!allowsRepository(pool, job.repository)) return { code: 'repository-not-allowed' };
  if (pool.forks === 'allow' || job.fork === 'no') return null;
  return { code: job.fork === 'yes' ? 'fork-not-allowed' : 'origin-unknown' };
}

const allowsRepository = ({ repositories }: RoutedPool, repository: string): boolean =>
  repositories.length === 0 || repositories.some((pattern) => matchesPattern(pattern, repository));

/**
 * The order of preference among pools that fit: higher priority, then fewer labels (the pool made
 * for this and little else), then the smaller container, then the order of the configuration.
 */
export function inPreference(pools: readonly RoutedPool[]): readonly RoutedPool[] {
  return [...pools].sort(
    (a, b) =>
      b.priority - a.priority ||
      a.labels.length - b.labels.length ||
      a.capabilities.cpuMillis - b.capabilities.cpuMillis ||
      a.capabilities.memoryMb - b.capabilities.memoryMb,
  );
}
