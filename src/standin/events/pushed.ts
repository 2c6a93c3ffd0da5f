import { skipsRuns } from '../../actions/workflow-triggers.ts';
import type { Address } from '../dependencies.ts';
import type { GitHistory } from '../git/history.ts';
import { type GitRepositories, NO_COMMIT } from '../git/repositories.ts';
import type { RefUpdate } from '../git/smart-http.ts';
import { refName } from '../scheduler/contexts.ts';
import type { Repository } from '../state/model.ts';
import type { Webhooks } from '../webhooks/announce.ts';
import { commitsOf, titleOf } from './commits.ts';
import { ACTOR, pushPayload } from './payloads.ts';
import type { RefEvents } from './ref-events.ts';
import type { StartRuns } from './start-runs.ts';

interface Deps {
  readonly address: Address;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly webhooks: Webhooks;
  readonly startRuns: StartRuns;
  readonly refEvents: RefEvents;
  /** What else depends on where branches are: pull requests and schedules. */
  readonly onMoved: (repository: Repository, update: RefUpdate, sender: string) => Promise<void>;
}

/** Who pushed, and whether it was a job, whose pushes start nothing (GitHub docs). */
interface Pusher {
  readonly sender: string;
  readonly isJob: boolean;
}

export type Pushed = (repository: Repository, update: RefUpdate, by?: Pusher) => Promise<void>;

/** What follows a push of one ref: its webhooks always, its runs where the repository wants them. */
export function createPushed(deps: Deps): Pushed {
  const { address, repositories, history, webhooks, startRuns } = deps;

  /** What the changed files are counted from: for a new branch, where it left the default branch. */
  async function baseOf(path: string, update: RefUpdate, branch: string): Promise<string | null> {
    if (update.before !== NO_COMMIT) return update.before;
    const main = `refs/heads/${branch}`;
    return update.ref === main ? null : history.mergeBase(path, main, update.after);
  }

  return async (repository, update, { sender, isJob } = { sender: ACTOR, isJob: false }) => {
    const path = repositories.pathOf(repository.owner, repository.name);
    const commits = await commitsOf(history, path, update);
    const payload = pushPayload(repository, { ...update, commits }, address);
    webhooks.push(repository, payload);
    const newest = commits.at(-1);
    const runs = repository.triggerOnPush && !isJob;
    await deps.refEvents({ repository, update, sender, newest, runs });
    await deps.onMoved(repository, update, sender);
    if (!runs || newest === undefined || skipsRuns(newest.message)) return;
    const base = await baseOf(path, update, repository.defaultBranch);
    await startRuns({
      ...{ repository, headRepository: repository, headSha: newest.sha, actor: sender },
      occurrence: {
        event: 'push',
        action: null,
        ref: update.ref,
        baseRef: null,
        changedFiles: await history.changedFiles(path, base, newest.sha),
      },
      sha: newest.sha,
      headRef: refName(update.ref),
      payload,
      title: titleOf(newest),
      ...{ inputs: {}, file: null, jobs: null, chain: 0, needsApproval: false },
    });
  };
}
