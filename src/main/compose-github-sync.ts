import { createGitHubSync } from '../services/github-sync/github-sync.ts';
import { createGitHubSyncWorker } from '../workers/github-sync-worker.ts';
import type { GitHubAccess } from './compose-github.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './lifecycle.ts';
import { scopeRule } from './scope-rule.ts';

const ACTIVE_FOR_MS = 24 * 3_600_000;
const TURN = { repositories: 100, listForMs: 5 * 60_000 };

/** What finds jobs that no webhook told of, and runners that nobody needs. */
export function composeGitHubSync(
  foundation: Foundation,
  { github, listing, budgetLeft }: GitHubAccess,
): Part {
  const { config, storage, clock, log, events, instance } = foundation;
  const { database } = storage;
  const { pollFastestSeconds, pollSlowestSeconds } = config.github;
  const fastestMs = pollFastestSeconds * 1000;
  const numbers = { ...TURN, fastestMs, slowestMs: Math.max(fastestMs, pollSlowestSeconds * 1000) };
  const activeRepositories = () =>
    database.board.activeRepositories(
      new Date(clock.now() - ACTIVE_FOR_MS).toISOString(),
      TURN.repositories,
    );
  return createGitHubSyncWorker(
    {
      ...{ leaderships: database.leaderships, instance, clock, log },
      createSync: (leads) =>
        createGitHubSync(
          {
            ...{ ...database, listing, github, live: events, clock, log, leads, budgetLeft },
            activeRepositories,
            heardSince: (since) => database.board.heardSince(since),
            scopeOf: scopeRule(foundation),
          },
          numbers,
        ),
    },
    { retryMs: fastestMs },
  );
}
