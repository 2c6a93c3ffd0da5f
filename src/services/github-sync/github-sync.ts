import { isAppError, messageOf } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import { nextPollMs, type PollNumbers } from '../../domain/poll-rate.ts';
import { nextRepositories } from '../../domain/sync-rotation.ts';
import { isoNow } from '../../ports/clock.ts';
import { syncDeliveries } from './sync-deliveries.ts';
import type { SyncDeps } from './sync-deps.ts';
import { syncJobs } from './sync-jobs.ts';
import { syncRunners } from './sync-runners.ts';

export interface GitHubSyncDeps extends SyncDeps {
  /** Repositories with a job in the last hours, the most lately active first. */
  readonly activeRepositories: () => Promise<readonly string[]>;
  readonly scopeOf: (repository: string) => string;
  /** How many jobs webhooks have told any instance of since an instant (ISO 8601). */
  readonly heardSince: (since: string) => Promise<number>;
  /** Share of the API budget that is left, 0 to 1. */
  readonly budgetLeft: () => number;
}

export interface SyncNumbers extends PollNumbers {
  /** Most repositories in one turn; those that are active come first, the others go round. */
  readonly repositories: number;
  /** How long the list of repositories is believed. */
  readonly listForMs: number;
}

export interface GitHubSync {
  /** Compares once; answers how long to wait until the next turn, in milliseconds. */
  turn(signal: AbortSignal): Promise<number>;
}

interface Memory {
  listed: { readonly at: number; readonly names: readonly string[] } | null;
  position: number;
  heardUntil: string;
  jobs: Map<string, ReadonlySet<JobId>>;
  runners: Map<string, ReadonlySet<string>>;
  readonly asked: Set<string>;
}

/**
 * The reconciler's look at GitHub: what webhooks did not tell is found here, within one turn. A
 * repository that cannot be read is skipped and named; a used-up budget ends the turn.
 */
export function createGitHubSync(deps: GitHubSyncDeps, numbers: SyncNumbers): GitHubSync {
  const memory: Memory = {
    listed: null,
    position: 0,
    heardUntil: isoNow(deps.clock),
    jobs: new Map(),
    runners: new Map(),
    asked: new Set(),
  };
  return {
    async turn(signal) {
      const startedAt = isoNow(deps.clock);
      const names = await repositoriesOfTurn(deps, numbers, memory);
      let missed = 0;
      try {
        for (const name of names) {
          if (signal.aborted) break;
          missed += await syncRepository(deps, name, memory);
        }
        const scopes = [...new Set(names.map(deps.scopeOf))];
        for (const scope of scopes) await syncScope(deps, scope, memory);
      } catch (error) {
        if (!isAppError(error, 'github-limited')) throw error;
        deps.log.warn('github sync waits for its budget', { detail: messageOf(error) });
      }
      const heard = await deps.heardSince(memory.heardUntil);
      memory.heardUntil = startedAt;
      if (missed > 0) deps.log.warn('webhooks were missed', { jobs: missed, heard });
      return nextPollMs({ missed, heard, budgetLeft: deps.budgetLeft() }, numbers);
    },
  };
}

async function repositoriesOfTurn(
  deps: GitHubSyncDeps,
  numbers: SyncNumbers,
  memory: Memory,
): Promise<readonly string[]> {
  const now = deps.clock.now();
  if (memory.listed === null || memory.listed.at + numbers.listForMs <= now) {
    // Without the list, those that webhooks told us of are still looked at.
    const list = () => deps.listing.repositories();
    const names = (await unlessUnreadable(deps, 'repositories', list)) ?? [];
    memory.listed = { at: now, names };
  }
  const turn = nextRepositories({
    active: await deps.activeRepositories(),
    all: memory.listed.names,
    position: memory.position,
    most: numbers.repositories,
  });
  memory.position = turn.position;
  return turn.names;
}

/** How many jobs were missed there. */
async function syncRepository(deps: SyncDeps, name: string, memory: Memory): Promise<number> {
  const missed = await unlessUnreadable(deps, name, async () => {
    const seen = await syncJobs(deps, name, memory.jobs.get(name) ?? new Set());
    memory.jobs.set(name, seen.suspects);
    await syncDeliveries(deps, name, memory.asked);
    return seen.missed;
  });
  return missed ?? 0;
}

async function syncScope(deps: SyncDeps, scope: string, memory: Memory): Promise<void> {
  await unlessUnreadable(deps, scope, async () => {
    memory.runners.set(
      scope,
      await syncRunners(deps, scope, memory.runners.get(scope) ?? new Set()),
    );
  });
}

/** One repository without access, or deleted, must not keep the others from being looked at. */
async function unlessUnreadable<T>(
  { log }: SyncDeps,
  subject: string,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    const isTheirs = isAppError(error, 'github-refused') || isAppError(error, 'not-found');
    if (!isTheirs) throw error;
    log.warn('github does not show us', { subject, detail: messageOf(error) });
    return null;
  }
}
