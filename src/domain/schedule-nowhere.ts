import type { Route, RoutingPolicy } from './routing.ts';
import { suggestLabels, unknownLabels } from './routing-explain.ts';
import { type PoolRefusal, type RoutedJob, refusalOf } from './routing-pool.ts';
import type { WaitingReason } from './waiting-reason.ts';

/**
 * Why no pool may take the job, however much room there is: its labels first, then the house rules
 * of the pools that have them. Null where the route has pools.
 */
export function whyNowhere(
  job: RoutedJob,
  route: Route,
  policy: RoutingPolicy,
): WaitingReason | null {
  if (route.kind === 'pools') return null;
  if (route.kind === 'held') return { code: 'held-by-rule', rule: route.rule, note: route.note };
  const refusals = policy.pools.map((pool) => ({ pool, refusal: refusalOf(pool, job, policy) }));
  const named = (...codes: (PoolRefusal['code'] | undefined)[]) =>
    refusals.filter(({ refusal }) => codes.includes(refusal?.code)).map(({ pool }) => pool.name);
  if (named('labels-missing').length === policy.pools.length) return noPool(job, policy);
  if (named(undefined).length > 0) {
    return route.rule === null
      ? { code: 'pools-exclusive', pools: named(undefined) }
      : { code: 'rule-fits-no-pool', rule: route.rule };
  }
  const untrusting = named('fork-not-allowed', 'origin-unknown');
  return untrusting.length > 0
    ? { code: 'fork-not-trusted', pools: untrusting }
    : { code: 'repository-not-allowed', pools: named('repository-not-allowed') };
}

const noPool = ({ labels }: RoutedJob, policy: RoutingPolicy): WaitingReason => ({
  code: 'no-pool-for-labels',
  labels,
  unknown: unknownLabels(labels, policy),
  suggestions: suggestLabels(labels, policy),
});
