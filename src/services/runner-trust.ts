import { decodeContextData } from '../actions/context-data.ts';
import type { JobMessage } from '../contract/runner-protocol.ts';
import { AppError } from '../domain/errors.ts';
import { forkOrigin, type RunFacts } from '../domain/fork-origin.ts';
import type { JobId, PoolName } from '../domain/ids.ts';
import type { RoutedJob } from '../domain/routing-pool.ts';
import type { JobLedger } from '../ports/job-ledger.ts';

/** What the routing policy says about jobs of forks. */
export interface TrustRules {
  /** Whether jobs of forks may run in the pool. */
  takesForks(pool: PoolName): boolean;
  /** The first pool that may take the job; null when none may. */
  poolFor(job: RoutedJob): PoolName | null;
}

interface Arrival {
  readonly message: JobMessage;
  /** Null when the message names none. */
  readonly job: JobId | null;
  /** Of the runner that GitHub gave it to. */
  readonly pool: PoolName;
}

/**
 * The pool whose container an arrived job may run in. GitHub picks the runner by labels alone, so a
 * job of a fork may come to a runner of a pool that refuses forks; the message itself says where
 * its code is from. Throws `conflict` when no pool may take it: then no step of it runs.
 */
export async function allowedPool(
  { trust, ledger }: { readonly trust: TrustRules; readonly ledger: Pick<JobLedger, 'get'> },
  { message, job, pool }: Arrival,
): Promise<PoolName> {
  if (trust.takesForks(pool)) return pool;
  const { repository, run } = originOf(message);
  if (forkOrigin(repository, run) !== 'yes') return pool;
  const known = job === null ? null : await ledger.get(job);
  const allowed =
    known === null
      ? null
      : trust.poolFor({
          repository: known.repository,
          workflow: known.workflow,
          job: known.name,
          branch: known.headBranch,
          event: run.event,
          labels: known.labels,
          fork: 'yes',
        });
  if (allowed !== null) return allowed;
  const detail = `Held by policy: the job comes from a fork, GitHub gave it to pool ${pool}, which takes none, and no other pool may take it.`;
  throw new AppError('conflict', detail);
}

/** Where the code comes from, by the `github` context (protocol D.4); no pull request: from here. */
function originOf({ contextData }: JobMessage): {
  readonly repository: string;
  readonly run: RunFacts;
} {
  const github = decodeContextData(contextData['github'] ?? null);
  const repository = textAt(github, 'repository') ?? '';
  const event = textAt(github, 'event_name') ?? '';
  const pull = at(at(github, 'event'), 'pull_request');
  const head = textAt(at(at(pull, 'head'), 'repo'), 'full_name');
  const isPull = typeof pull === 'object' && pull !== null;
  return { repository, run: { event, headRepository: isPull ? head : repository } };
}

/** Members of contexts are found without regard to case. */
function at(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.entries(value).find(([key]) => key.toLowerCase() === name)?.[1] ?? null;
}

function textAt(value: unknown, name: string): string | null {
  const found = at(value, name);
  return typeof found === 'string' ? found : null;
}
