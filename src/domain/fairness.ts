import type { PoolName } from './ids.ts';
import { compileRules } from './job-rules.ts';

/** Repositories that share one share. Those in no team are each a team of their own, of weight 1. */
export interface Team {
  readonly name: string;
  /** Patterns of `owner/name`. */
  readonly repositories: readonly string[];
  /** A team of weight 2 may run twice as many jobs as one of weight 1 when both have enough. */
  readonly weight: number;
}

export interface FairSharePolicy {
  readonly teams: readonly Team[];
  /**
   * The last so many percent of a pool's places go only to teams that have less than their share
   * of it, as long as more than one team uses the pool. So one team's flood leaves room for
   * another's next job, which else would wait for the first of the flood to end.
   */
  readonly reservePercent: number;
}

/** A team or a single repository, as the scheduler counts it. */
export interface Group {
  readonly name: string;
  readonly weight: number;
}

export interface FairShares {
  groupOf(repository: string): Group;
  readonly reservePercent: number;
}

export function compileFairShares(policy: FairSharePolicy): FairShares {
  const rules = compileRules(
    policy.teams.map(({ name, repositories, weight }) => ({
      match: { repository: repositories },
      value: { name: `team ${name}`, weight },
    })),
  );
  const known = new Map<string, Group>();
  return {
    reservePercent: policy.reservePercent,
    groupOf: (repository) => {
      const name = repository.toLowerCase();
      const group = known.get(name) ?? rules.first(asTraits(name)) ?? { name, weight: 1 };
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(name, group);
      return group;
    },
  };
}

const MOST_REMEMBERED = 10_000;

const asTraits = (repository: string) => ({
  ...{ repository, workflow: '', job: '' },
  ...{ branch: null, event: null, labels: [] },
});

/** How many places of a pool are kept for those below their share. */
export const reservedPlaces = (max: number, reservePercent: number): number =>
  Math.floor((max * reservePercent) / 100);

/** Who occupies how much. */
export class ShareCounts {
  readonly #total = new Map<string, number>();
  readonly #inPool = new Map<PoolName, Map<string, number>>();

  add(group: Group, pool: PoolName): void {
    this.#total.set(group.name, this.total(group) + 1);
    const counts = this.#inPool.get(pool) ?? new Map<string, number>();
    this.#inPool.set(pool, counts);
    counts.set(group.name, (counts.get(group.name) ?? 0) + 1);
  }

  total(group: Group): number {
    return this.#total.get(group.name) ?? 0;
  }

  inPool(group: Group, pool: PoolName): number {
    return this.#inPool.get(pool)?.get(group.name) ?? 0;
  }
}

/** A pool's share of one group among those that use the pool; at least one place. */
export function shareOf(max: number, group: Group, users: ReadonlyMap<string, Group>): number {
  let weights = users.has(group.name) ? 0 : group.weight;
  for (const { weight } of users.values()) weights += weight;
  return Math.max(1, Math.floor((max * group.weight) / weights));
}
