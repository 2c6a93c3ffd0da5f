import { compareRunner } from '../../domain/discrepancy.ts';
import type { RegisteredRunner } from '../../ports/github-listing.ts';
import { note, type SyncDeps } from './sync-deps.ts';

/**
 * Removes registrations that a runner of ours left behind: its hub died, or the answer to its making
 * was lost. Only what was left twice in a row is removed, only while GitHub says that it has no job,
 * and GitHub refuses if that has changed meanwhile. Answers what is to be looked at again.
 */
export async function syncRunners(
  deps: SyncDeps,
  scope: string,
  suspects: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const registered = await deps.listing.runners(scope);
  const ours = await deps.runners.named(registered.map(({ name }) => name));
  const states = new Map(
    ours.filter((runner) => runner.scope === scope).map(({ name, state }) => [name, state]),
  );
  const next = new Set<string>();
  for (const runner of registered) {
    const state = states.get(runner.name);
    if (state === undefined) continue;
    const kind = compareRunner(state, runner);
    if (kind === null) continue;
    if (kind === 'runner-busy') await note(deps, kind, runner.name, false);
    else if (suspects.has(runner.name)) await remove(deps, scope, runner);
    else next.add(runner.name);
  }
  return next;
}

async function remove(deps: SyncDeps, scope: string, runner: RegisteredRunner): Promise<void> {
  if (!(await deps.leads())) return;
  const answer = await deps.github.removeRunner(scope, runner.githubId);
  await note(
    deps,
    answer === 'busy' ? 'runner-busy' : 'runner-left',
    runner.name,
    answer !== 'busy',
  );
}
