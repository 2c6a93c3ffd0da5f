import type { Value } from '../../actions/expressions.ts';
import { skipsRuns } from '../../actions/workflow-triggers.ts';
import type { Address } from '../dependencies.ts';
import { pullJson } from '../present/pulls.ts';
import { isFromFork, type PullRequest, pullsOf } from '../state/pulls.ts';
import type { Store } from '../state/store.ts';
import type { Webhooks } from '../webhooks/announce.ts';
import { ACTOR, otherPayload } from './payloads.ts';
import { filesOfPull, type PullGit, pathOfPull } from './pull-merge.ts';
import type { StartRuns } from './start-runs.ts';

export type PullAction =
  | 'opened'
  | 'synchronize'
  | 'reopened'
  | 'closed'
  | 'edited'
  | 'ready_for_review'
  | 'converted_to_draft';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly git: PullGit;
  readonly webhooks: Webhooks;
  readonly startRuns: StartRuns;
}

export type PullEvent = (
  pull: PullRequest,
  action: PullAction,
  sender: string,
  more?: Readonly<Record<string, unknown>>,
) => Promise<void>;

/** What follows when something happens to a pull request: its webhook and its runs. */
export function createPullEvent({ store, address, git, webhooks, startRuns }: Deps): PullEvent {
  const { history } = git;

  /** `pull_request` runs at the trial merge; there is none on a conflict, and then no run (GitHub docs). */
  async function runMerge(happening: Happened): Promise<void> {
    const { pull, action } = happening;
    const sha = action === 'closed' && pull.mergedAt !== null ? pull.mergeSha : pull.mergeSha;
    if (sha === null) return;
    const [newest] = await history.commits(pathOfPull(git, pull), pull.headSha, 1);
    if (newest !== undefined && skipsRuns(newest.message)) return;
    await startRuns({
      ...common(happening),
      occurrence: occurrence(happening, 'pull_request', `refs/pull/${pull.number}/merge`),
      sha,
      needsApproval: needsApproval(store, pull),
    });
  }

  /** `pull_request_target` runs what the default branch says, with all rights (GitHub docs). */
  async function runTarget(happening: Happened): Promise<void> {
    const { repository } = happening.pull;
    const ref = `refs/heads/${repository.defaultBranch}`;
    const sha = await history.resolve(pathOfPull(git, happening.pull), ref);
    if (sha === null) return;
    await startRuns({
      ...common(happening),
      occurrence: occurrence(happening, 'pull_request_target', ref),
      sha,
      needsApproval: false,
    });
  }

  return async (pull, action, sender, more = {}) => {
    const json = pullJson(pull, address.url());
    const members = { action, number: pull.number, pull_request: json, ...more };
    const payload = otherPayload(pull.repository, members, address, sender);
    webhooks.event(pull.repository, 'pull_request', action, payload);
    const happening = { pull, action, payload, sender, files: await filesOfPull(git, pull) };
    await runMerge(happening);
    await runTarget(happening);
  };
}

interface Happened {
  readonly pull: PullRequest;
  readonly action: PullAction;
  readonly payload: Readonly<Record<string, Value>>;
  readonly sender: string;
  readonly files: readonly string[];
}

const occurrence = ({ pull, action, files }: Happened, event: string, ref: string) => ({
  event,
  action,
  ref,
  baseRef: pull.baseRef,
  changedFiles: files,
});

const common = ({ pull, payload, sender }: Happened) => ({
  repository: pull.repository,
  headRepository: pull.headRepository,
  headRef: pull.headRef,
  headSha: pull.headSha,
  payload,
  title: pull.title,
  pull: {
    id: pull.id,
    number: pull.number,
    headSha: pull.headSha,
    baseRef: pull.baseRef,
    baseSha: pull.baseSha,
  },
  actor: sender,
  inputs: {},
  file: null,
  jobs: null,
  chain: 0,
});

/** Whether somebody has to look at it first: it comes from a fork, and the setting says so. */
function needsApproval(store: Store, pull: PullRequest): boolean {
  const { forkApproval } = pull.repository.actions;
  if (!isFromFork(pull) || forkApproval === 'nobody' || pull.author === ACTOR) return false;
  if (forkApproval === 'everybody') return true;
  return !pullsOf(store, pull.repository).some(
    ({ author, mergedAt }) => author === pull.author && mergedAt !== null,
  );
}
