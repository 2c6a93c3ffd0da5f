import type { Commit, GitHistory } from '../git/history.ts';
import { NO_COMMIT } from '../git/repositories.ts';
import type { RefUpdate } from '../git/smart-http.ts';

const MAX_COMMITS = 20;

/** The commits of a push, oldest first; of a new branch, or after a reset, only the newest one. */
export async function commitsOf(
  history: GitHistory,
  path: string,
  update: RefUpdate,
): Promise<readonly Commit[]> {
  if (update.after === NO_COMMIT) return [];
  const known =
    update.before !== NO_COMMIT && (await history.resolve(path, update.before)) !== null;
  const range = `${update.before}..${update.after}`;
  const commits = known ? await history.commits(path, range, MAX_COMMITS) : [];
  const shown = commits.length > 0 ? commits : await history.commits(path, update.after, 1);
  return shown.toReversed();
}

/** The first line of a commit's message. */
export const titleOf = (commit: Commit | undefined): string =>
  commit?.message.split('\n', 1)[0] ?? '';
