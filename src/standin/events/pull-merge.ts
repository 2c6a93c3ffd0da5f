import type { GitHistory } from '../git/history.ts';
import type { GitMerges } from '../git/merges.ts';
import type { GitRepositories } from '../git/repositories.ts';
import type { PullRequest } from '../state/pulls.ts';

export interface PullGit {
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly merges: GitMerges;
}

export const pathOfPull = ({ repositories }: PullGit, { repository }: PullRequest): string =>
  repositories.pathOf(repository.owner, repository.name);

/**
 * Brings the head of a pull request here and merges it into the base for trial: `refs/pull/N/head`
 * and, where there is no conflict, `refs/pull/N/merge`. Answers false when a branch is gone.
 */
export async function refreshRefs(git: PullGit, pull: PullRequest): Promise<boolean> {
  const { repositories, history, merges } = git;
  const path = pathOfPull(git, pull);
  const { headRepository: from, headRef, number } = pull;
  const source = repositories.pathOf(from.owner, from.name);
  const head = await history.resolve(source, `refs/heads/${headRef}`);
  const base = await history.resolve(path, `refs/heads/${pull.baseRef}`);
  if (head === null || base === null) return false;
  await merges.bring(path, source, `refs/heads/${headRef}`, `refs/pull/${number}/head`);
  pull.headSha = head;
  pull.baseSha = base;
  pull.mergeSha = await merges.merge(path, base, head, `Merge ${head} into ${base}`);
  const ref = `refs/pull/${number}/merge`;
  if (pull.mergeSha === null) await merges.deleteRef(path, ref).catch(() => undefined);
  else await merges.setRef(path, ref, pull.mergeSha);
  return true;
}

/** Files that a pull request changes: those of its head since it left the base. */
export async function filesOfPull(git: PullGit, pull: PullRequest): Promise<readonly string[]> {
  const path = pathOfPull(git, pull);
  const start = await git.history.mergeBase(path, pull.baseSha, pull.headSha);
  return git.history.changedFiles(path, start ?? pull.baseSha, pull.headSha);
}
