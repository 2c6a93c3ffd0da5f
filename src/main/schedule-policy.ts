import type { Config } from '../contract/config.ts';
import type { PoolConfig } from '../contract/pool-config.ts';
import { compileFairShares } from '../domain/fairness.ts';
import { poolName } from '../domain/ids.ts';
import { compilePriorities } from '../domain/priority.ts';
import { compileQuotas } from '../domain/quota.ts';
import { compileRouter, type Router, type RoutingRule } from '../domain/routing.ts';
import type { RoutedPool } from '../domain/routing-pool.ts';
import type { SchedulePolicy } from '../domain/schedule-types.ts';
import type { TrustRules } from '../services/runner-trust.ts';

/** The configuration as the scheduler wants it. `machineArch` is Node's name of our processor. */
export function schedulePolicyOf(
  config: Pick<Config, 'routing' | 'priorities' | 'quotas' | 'fairShare'>,
  pools: readonly PoolConfig[],
  machineArch: string,
): SchedulePolicy {
  const { routing, priorities, quotas, fairShare } = config;
  const router = compileRouter({
    pools: pools.map((pool) => routedPool(pool, machineArch)),
    rules: routing.rules.map(ruleOf),
    aliases: routing.aliases,
    implied: routing.impliedLabels,
  });
  const compiled = {
    router,
    priorities: compilePriorities(priorities.rules),
    quotas: compileQuotas(quotas),
  };
  const looksAtEvents = Object.values(compiled).some(({ fields }) => fields.has('event'));
  return {
    ...compiled,
    shares: compileFairShares(fairShare),
    ageMs: priorities.ageMinutes * 60_000,
    needsRun: looksAtEvents || pools.some(({ forks }) => forks === 'refuse'),
  };
}

function routedPool(pool: PoolConfig, machineArch: string): RoutedPool {
  const { cpuMillis, memoryMb, gpus, docker, tools } = pool;
  const { labels, priority, exclusive, repositories, forks } = pool;
  return {
    name: poolName(pool.name),
    ...{ labels, priority, exclusive, repositories, forks },
    capabilities: { cpuMillis, memoryMb, arch: pool.arch ?? machineArch, gpus, docker, tools },
  };
}

/** What the policy says of a job that has arrived already. */
export function trustRules(router: Router): TrustRules {
  const trusting = new Set(
    router.policy.pools.filter(({ forks }) => forks === 'allow').map(({ name }) => name),
  );
  return {
    takesForks: (pool) => trusting.has(pool),
    poolFor: (job) => {
      const route = router.route(job);
      return route.kind === 'pools' ? (route.steps[0]?.pool ?? null) : null;
    },
  };
}

type RuleConfig = Config['routing']['rules'][number];

const ruleOf = ({ name, match, pools, hold }: RuleConfig): RoutingRule => ({
  ...{ name, match },
  action:
    pools === undefined
      ? { kind: 'hold', note: hold ?? '' }
      : {
          kind: 'pools',
          pools: pools.map(({ pool, afterSeconds }) => ({
            pool: poolName(pool),
            afterMs: afterSeconds * 1000,
          })),
        },
});

/** Names of pools in rules and quotas that no pool has: each a problem of the configuration. */
export function unknownPools(
  { routing, quotas }: Pick<Config, 'routing' | 'quotas'>,
  pools: readonly PoolConfig[],
): readonly string[] {
  const known = new Set(pools.map(({ name }) => name));
  const named = [
    ...routing.rules.map((rule, at) => ({
      at: `routing.rules.${at}.pools`,
      names: (rule.pools ?? []).map(({ pool }) => pool),
    })),
    ...quotas.map((quota, at) => ({ at: `quotas.${at}.pools`, names: quota.pools })),
  ];
  return named.flatMap(({ at, names }) =>
    names.filter((name) => !known.has(name)).map((name) => `${at}: there is no pool "${name}"`),
  );
}
