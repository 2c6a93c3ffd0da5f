import { nearestText } from './edit-distance.ts';
import type { PoolName } from './ids.ts';
import { matchesJob } from './job-match.ts';
import type { Router, RouteStep, RoutingPolicy, RoutingRule } from './routing.ts';
import {
  inPreference,
  offersLabel,
  type PoolRefusal,
  type RoutedJob,
  type RoutedPool,
  refusalOf,
} from './routing-pool.ts';

export type Verdict =
  /** The first choice. */
  | 'chosen'
  /** May be used when the ones before it have no room. */
  | 'fits'
  /** May be used once the job has waited for a while. */
  | 'later'
  | 'refused';

export interface ConsideredPool {
  readonly pool: PoolName;
  readonly verdict: Verdict;
  /** A sentence for people. */
  readonly why: string;
}

export interface RouteExplanation {
  /** The first choice; null when no pool may take the job or a rule holds it. */
  readonly chosen: PoolName | null;
  /** The rule that decided, if one did. */
  readonly rule: string | null;
  /** Set when a rule holds the job back. */
  readonly held: string | null;
  /** Every pool, in the order in which they would be used; refused ones last. */
  readonly considered: readonly ConsideredPool[];
  /** What was probably meant by labels that no pool offers. */
  readonly suggestions: readonly { readonly label: string; readonly instead: string }[];
}

/**
 * Says of each pool why the job may or may not go there. Pure, and slow compared with
 * {@link Router.route}, whose answer it shows.
 */
export function explainRoute(job: RoutedJob, router: Router): RouteExplanation {
  const { policy } = router;
  const route = router.route(job);
  const steps = route.kind === 'pools' ? route.steps : [];
  const rule = policy.rules.find(({ match }) => matchesJob(match, job));
  const taken = steps.map((step, at) => accepted(step, at, route.rule));
  const names = new Set(steps.map(({ pool }) => pool));
  const refused = inPreference(policy.pools)
    .filter(({ name }) => !names.has(name))
    .map((pool) => refusedPool(pool, job, policy, rule));
  return {
    chosen: steps[0]?.pool ?? null,
    rule: route.rule,
    held: route.kind === 'held' ? route.note : null,
    considered: [...taken, ...refused],
    suggestions: suggestLabels(job.labels, policy),
  };
}

function accepted({ pool, afterMs }: RouteStep, at: number, rule: string | null): ConsideredPool {
  const by = rule === null ? '' : ` Rule "${rule}" names it.`;
  if (afterMs > 0) {
    const why = `Fits, once the job has waited ${Math.round(afterMs / 1000)} s.${by}`;
    return { pool, verdict: 'later', why };
  }
  if (at === 0) return { pool, verdict: 'chosen', why: `Fits and comes first.${by}` };
  return { pool, verdict: 'fits', why: `Fits, and is used when the ones before are full.${by}` };
}

function refusedPool(
  pool: RoutedPool,
  job: RoutedJob,
  policy: RoutingPolicy,
  rule: RoutingRule | undefined,
): ConsideredPool {
  const why = describeRefusal(whyNot(pool, job, policy, rule));
  return { pool: pool.name, verdict: 'refused', why };
}

/** Why the router does not use this pool for the job. */
export function whyNot(
  pool: RoutedPool,
  job: RoutedJob,
  policy: RoutingPolicy,
  rule: RoutingRule | undefined,
): PoolRefusal {
  const refusal = refusalOf(pool, job, policy);
  if (refusal !== null) return refusal;
  if (rule !== undefined) return { code: 'not-in-rule', rule: rule.name };
  return { code: 'exclusive' };
}

function describeRefusal(refusal: PoolRefusal): string {
  switch (refusal.code) {
    case 'labels-missing':
      return `Does not offer: ${refusal.labels.join(', ')}.`;
    case 'exclusive':
      return 'Takes only jobs that a rule sends to it.';
    case 'repository-not-allowed':
      return 'Does not allow this repository.';
    case 'fork-not-allowed':
      return 'Does not take jobs of forks.';
    case 'origin-unknown':
      return 'Does not take jobs of forks, and it is not yet known whether this is one.';
    case 'not-in-rule':
      return `Rule "${refusal.rule}" decides and does not name it.`;
  }
}

/** For each label that no pool offers, the label that was probably meant. */
export function suggestLabels(
  labels: readonly string[],
  policy: RoutingPolicy,
): readonly { readonly label: string; readonly instead: string }[] {
  const known = new Set([
    ...policy.pools.flatMap((pool) => pool.labels),
    ...Object.keys(policy.aliases),
    ...policy.implied,
  ]);
  return unknownLabels(labels, policy).flatMap((label) => {
    const instead = nearestText(label, known);
    return instead === null ? [] : [{ label, instead }];
  });
}

/** The labels that no pool offers at all. */
export const unknownLabels = (
  labels: readonly string[],
  policy: RoutingPolicy,
): readonly string[] =>
  labels.filter((label) => !policy.pools.some((pool) => offersLabel(pool, label, policy)));
