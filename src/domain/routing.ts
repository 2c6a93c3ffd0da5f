import type { PoolName } from './ids.ts';
import type { JobMatch, MatchField } from './job-match.ts';
import { compileRules } from './job-rules.ts';
import { chosen, has, indexPools, intersect, type PoolSet } from './routing-index.ts';
import type { LabelRules, RoutedJob, RoutedPool } from './routing-pool.ts';

/** What to do with the jobs that match. */
export interface RoutingRule {
  readonly name: string;
  readonly match: JobMatch;
  readonly action:
    | { readonly kind: 'pools'; readonly pools: readonly RouteStep[] }
    | { readonly kind: 'hold'; readonly note: string };
}

/** A pool, and how long a job has to have waited before it may go there. */
export interface RouteStep {
  readonly pool: PoolName;
  readonly afterMs: number;
}

export interface RoutingPolicy extends LabelRules {
  readonly pools: readonly RoutedPool[];
  /** The first rule that matches a job decides. */
  readonly rules: readonly RoutingRule[];
}

/** Where a job may run. `rule` names the rule that said so. */
export type Route =
  /** In this order; never empty. */
  | { readonly kind: 'pools'; readonly steps: readonly RouteStep[]; readonly rule: string | null }
  | { readonly kind: 'held'; readonly rule: string; readonly note: string }
  | { readonly kind: 'nowhere'; readonly rule: string | null };

export interface Router {
  route(job: RoutedJob): Route;
  readonly policy: RoutingPolicy;
  /** The fields that rules look at: jobs that agree in these, labels and fork fare alike. */
  readonly fields: ReadonlySet<MatchField>;
}

/**
 * The routing policy, made fast to ask. A rule narrows the pools down and orders them, but no rule
 * sends a job to a pool that refuses it: GitHub would not give the job to a runner that lacks its
 * labels, and a trust boundary is not for rules to cross. Without a rule, every pool that is not
 * exclusive and fits may be used, in order of preference.
 */
export function compileRouter(policy: RoutingPolicy): Router {
  const index = indexPools(policy.pools, policy);
  const rules = compileRules(policy.rules.map((rule) => ({ match: rule.match, value: rule })));
  const atOnce = index.pools.map(({ name }): RouteStep => ({ pool: name, afterMs: 0 }));
  const placeOf = new Map(index.pools.map(({ name }, at) => [name, at]));

  const byPreference = (admitted: PoolSet): RouteStep[] => {
    intersect(admitted, index.open);
    return chosen(admitted, atOnce);
  };
  const byRule = (admitted: PoolSet, steps: readonly RouteStep[]): RouteStep[] =>
    steps.filter(({ pool }) => has(admitted, placeOf.get(pool) ?? NOWHERE));

  const route = (job: RoutedJob): Route => {
    const rule = rules.first(job);
    const action = rule?.action;
    const name = rule?.name ?? null;
    if (action?.kind === 'hold') return { kind: 'held', rule: name ?? '', note: action.note };
    const admitted = index.admitted(job);
    const steps = action === undefined ? byPreference(admitted) : byRule(admitted, action.pools);
    return steps.length === 0
      ? { kind: 'nowhere', rule: name }
      : { kind: 'pools', steps, rule: name };
  };
  return { route, policy, fields: rules.fields };
}

/** A place that no set has. */
const NOWHERE = 0xff_ff_ff;

/**
 * The labels to register a runner of the pool with, so that GitHub gives it this job: those of the
 * pool and of the job, and every alias that the pool stands for. GitHub knows no aliases and no
 * requirements; it compares letters.
 */
export function runnerLabels(pool: RoutedPool, wanted: readonly string[]): readonly string[] {
  const labels = new Map(pool.labels.map((label) => [label.toLowerCase(), label]));
  for (const label of wanted) {
    if (!labels.has(label.toLowerCase())) labels.set(label.toLowerCase(), label);
  }
  return [...labels.values()];
}
