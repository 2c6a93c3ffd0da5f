import type { Value } from '../../actions/expressions.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitRepositories } from '../git/repositories.ts';
import type { Repository } from '../state/model.ts';
import { titleOf } from './commits.ts';
import type { Started, StartRuns } from './start-runs.ts';

/** An event whose workflows are those of the default branch, whatever it is about. */
interface AtDefaultBranch {
  readonly event: string;
  readonly action: string | null;
  readonly payload: Readonly<Record<string, Value>>;
  readonly actor: string;
  /** Only this file. */
  readonly file?: string;
  /** What else filters of `on` look at. */
  readonly workflow?: string;
  readonly headBranch?: string;
  readonly schedule?: string;
  readonly chain?: number;
}

interface Deps {
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly startRuns: StartRuns;
}

export type RunAtDefaultBranch = (
  repository: Repository,
  event: AtDefaultBranch,
) => Promise<Started>;

/** Starts runs at the newest commit of the default branch; none where it has no commit. */
export function createRunAtDefaultBranch({
  repositories,
  history,
  startRuns,
}: Deps): RunAtDefaultBranch {
  return async (repository, wanted) => {
    const path = repositories.pathOf(repository.owner, repository.name);
    const ref = `refs/heads/${repository.defaultBranch}`;
    const sha = await history.resolve(path, ref);
    if (sha === null) return { runs: [], problems: [] };
    const [commit] = await history.commits(path, sha, 1);
    const { event, action, payload, actor, file, workflow, headBranch, schedule, chain } = wanted;
    return startRuns({
      ...{ repository, headRepository: repository, sha, headSha: sha, payload, actor },
      occurrence: {
        ...{ event, action, ref, baseRef: headBranch ?? null, changedFiles: [] },
        workflow: workflow ?? null,
        schedule: schedule ?? null,
      },
      headRef: repository.defaultBranch,
      title: titleOf(commit),
      file: file ?? null,
      ...{ inputs: {}, jobs: null, chain: chain ?? 0, needsApproval: false },
    });
  };
}
