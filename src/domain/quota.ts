import type { PoolName } from './ids.ts';
import type { JobMatch, JobTraits, MatchField } from './job-match.ts';
import { compileRules } from './job-rules.ts';

/** At most so many jobs at once, of those that match. */
export interface Quota {
  readonly name: string;
  readonly match: JobMatch;
  /** Only jobs in these pools count and are limited; empty: in every pool. */
  readonly pools: readonly string[];
  /** Whether the jobs are counted together or for each repository, owner or workflow by itself. */
  readonly per: 'all' | 'owner' | 'repository' | 'workflow';
  readonly max: number;
}

/** A quota and the count of it that a job belongs to. */
export interface Allowance {
  readonly quota: Quota;
  readonly key: string;
}

export interface Quotas {
  /** What the job is counted in, whatever pool it goes to. */
  of(job: JobTraits): readonly Allowance[];
  readonly fields: ReadonlySet<MatchField>;
}

export function compileQuotas(quotas: readonly Quota[]): Quotas {
  const rules = compileRules(quotas.map((quota) => ({ match: quota.match, value: quota })));
  const fields = new Set(rules.fields);
  if (quotas.some(({ per }) => per === 'workflow')) fields.add('workflow');
  return {
    fields,
    of: (job) => rules.all(job).map((quota) => ({ quota, key: keyOf(quota, job) })),
  };
}

function keyOf({ name, per }: Quota, job: JobTraits): string {
  const repository = job.repository.toLowerCase();
  switch (per) {
    case 'all':
      return name;
    case 'owner':
      return `${name}\n${repository.split('/')[0]}`;
    case 'repository':
      return `${name}\n${repository}`;
    case 'workflow':
      return `${name}\n${repository}\n${job.workflow.toLowerCase()}`;
  }
}

/** How many jobs are counted in each allowance now. */
export class QuotaCounts {
  readonly #counts = new Map<string, number>();

  add(allowances: readonly Allowance[], pool: PoolName): void {
    for (const { quota, key } of allowances) {
      if (appliesTo(quota, pool)) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  /** The first quota that one more job in this pool would exceed. */
  exceeded(allowances: readonly Allowance[], pool: PoolName): Quota | null {
    const full = allowances.find(
      ({ quota, key }) => appliesTo(quota, pool) && (this.#counts.get(key) ?? 0) >= quota.max,
    );
    return full?.quota ?? null;
  }
}

const appliesTo = ({ pools }: Quota, pool: PoolName): boolean =>
  pools.length === 0 || pools.includes(pool);
