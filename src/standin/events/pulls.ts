import type { StandinClock } from '../dependencies.ts';
import type { RefUpdate } from '../git/smart-http.ts';
import { githubError } from '../http/refusal.ts';
import { createInTurn } from '../state/in-turn.ts';
import { fullName, type Repository } from '../state/model.ts';
import { type PullRequest, pullsOf } from '../state/pulls.ts';
import type { Store } from '../state/store.ts';
import type { PullEvent } from './pull-events.ts';
import { type PullGit, pathOfPull, refreshRefs } from './pull-merge.ts';

interface NewPull {
  readonly headRepository: Repository;
  readonly headRef: string;
  readonly baseRef: string;
  readonly title: string;
  readonly body: string | null;
  readonly draft: boolean;
  readonly author: string;
}

/** What may be changed of a pull request; absent members stay. */
interface PullChange {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: 'open' | 'closed' | undefined;
  readonly base?: string | undefined;
  readonly draft?: boolean | undefined;
}

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly git: PullGit;
  readonly tell: PullEvent;
  /** What follows when a branch moves because of a merge. */
  readonly pushed: (repository: Repository, update: RefUpdate) => Promise<void>;
}

/** The life of pull requests: opened, changed by pushes, closed or merged; one thing at a time. */
export function createPulls(deps: Deps) {
  const { pushed } = deps;
  const inTurn = createInTurn();
  return {
    /** Opens a pull request. Refuses, as GitHub does, with 422. */
    open: (repository: Repository, wanted: NewPull): Promise<PullRequest> =>
      inTurn(deps.store, () => open(deps, repository, wanted)),
    update: (pull: PullRequest, change: PullChange, sender: string): Promise<void> =>
      inTurn(deps.store, () => update(deps, pull, change, sender)),
    /** Merges; the id of the commit that does. Refuses with 405 what cannot be merged. */
    async merge(pull: PullRequest, method: 'merge' | 'squash', sender: string): Promise<string> {
      const before = pull.baseSha;
      const sha = await inTurn(deps.store, () => merge(deps, pull, method, sender));
      await pushed(pull.repository, { ref: `refs/heads/${pull.baseRef}`, before, after: sha });
      return sha;
    },
    /** A branch has moved: pull requests from it have new commits, those to it another base. */
    onPush: (repository: Repository, { ref }: RefUpdate, sender: string): Promise<void> =>
      inTurn(deps.store, async () => {
        const branch = ref.replace(/^refs\/heads\//, '');
        for (const pull of deps.store.pulls.values()) {
          if (pull.state === 'open') await follow(deps, pull, repository, branch, sender);
        }
      }),
  };
}

async function open(deps: Deps, repository: Repository, wanted: NewPull): Promise<PullRequest> {
  const { store, git, tell } = deps;
  refuseDouble(pullsOf(store, repository), wanted);
  await demandBranch(git, repository, wanted.baseRef, 'base');
  await demandBranch(git, wanted.headRepository, wanted.headRef, 'head');
  const pull = newPull(deps, repository, wanted);
  await refreshRefs(git, pull);
  await demandCommits(git, pull, wanted);
  store.pulls.set(pull.id, pull);
  await tell(pull, 'opened', wanted.author);
  return pull;
}

async function update(deps: Deps, pull: PullRequest, change: PullChange, sender: string) {
  await edit(deps, pull, change, sender);
  if (change.draft !== undefined && change.draft !== pull.draft) {
    pull.draft = change.draft;
    touch(deps, pull);
    await deps.tell(pull, change.draft ? 'converted_to_draft' : 'ready_for_review', sender);
  }
  if (change.state === 'closed' && pull.state === 'open') await closeUnmerged(deps, pull, sender);
  if (change.state === 'open' && pull.state === 'closed') await reopen(deps, pull, sender);
}

async function follow(
  deps: Deps,
  pull: PullRequest,
  repository: Repository,
  branch: string,
  sender: string,
): Promise<void> {
  const isHead = pull.headRepository === repository && pull.headRef === branch;
  const isBase = pull.repository === repository && pull.baseRef === branch;
  if (!isHead && !isBase) return;
  const before = pull.headSha;
  await refreshRefs(deps.git, pull);
  if (!isHead || pull.headSha === before) return;
  touch(deps, pull);
  await deps.tell(pull, 'synchronize', sender, { before, after: pull.headSha });
}

const touch = ({ clock }: Deps, pull: PullRequest): void => {
  pull.updatedAt = clock.now();
};

function newPull({ store, clock }: Deps, repository: Repository, wanted: NewPull): PullRequest {
  const now = clock.now();
  const numbers = pullsOf(store, repository).map((pull) => pull.number);
  return {
    ...wanted,
    id: store.nextSmallId(),
    number: Math.max(0, ...numbers) + 1,
    repository,
    headSha: '',
    baseSha: '',
    state: 'open',
    createdAt: now,
    updatedAt: now,
    ...{ closedAt: null, mergedAt: null, mergedBy: null, mergeSha: null },
  };
}

async function edit(deps: Deps, pull: PullRequest, change: PullChange, sender: string) {
  const { title = pull.title, body = pull.body, base = pull.baseRef } = change;
  const changes = {
    ...(title === pull.title ? {} : { title: { from: pull.title } }),
    ...(body === pull.body ? {} : { body: { from: pull.body } }),
    ...(base === pull.baseRef
      ? {}
      : { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } }),
  };
  if (Object.keys(changes).length === 0) return;
  await demandBranch(deps.git, pull.repository, base, 'base');
  Object.assign(pull, { title, body, baseRef: base });
  touch(deps, pull);
  if (pull.state === 'open') await refreshRefs(deps.git, pull);
  await deps.tell(pull, 'edited', sender, { changes });
}

function close(deps: Deps, pull: PullRequest): void {
  pull.state = 'closed';
  pull.closedAt = deps.clock.now();
  touch(deps, pull);
}

async function closeUnmerged(deps: Deps, pull: PullRequest, sender: string): Promise<void> {
  close(deps, pull);
  await deps.tell(pull, 'closed', sender);
}

async function reopen(deps: Deps, pull: PullRequest, sender: string): Promise<void> {
  if (pull.mergedAt !== null || !(await refreshRefs(deps.git, pull))) {
    throw githubError(422, 'state cannot be changed. The pull request cannot be reopened.');
  }
  pull.state = 'open';
  pull.closedAt = null;
  touch(deps, pull);
  await deps.tell(pull, 'reopened', sender);
}

async function merge(
  deps: Deps,
  pull: PullRequest,
  method: 'merge' | 'squash',
  sender: string,
): Promise<string> {
  const { git, clock, tell } = deps;
  if (pull.state === 'closed') throw githubError(405, 'Pull Request is not mergeable');
  const from = `${pull.headRepository.owner}/${pull.headRef}`;
  const message =
    method === 'squash'
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${from}\n\n${pull.title}`;
  const path = pathOfPull(git, pull);
  const sha = await git.merges[method](path, pull.baseSha, pull.headSha, message);
  if (sha === null) throw githubError(405, 'Pull Request is not mergeable');
  await git.merges.setRef(path, `refs/heads/${pull.baseRef}`, sha);
  close(deps, pull);
  Object.assign(pull, { mergeSha: sha, mergedAt: clock.now(), mergedBy: sender });
  await tell(pull, 'closed', sender);
  return sha;
}

async function demandCommits(git: PullGit, pull: PullRequest, wanted: NewPull): Promise<void> {
  if ((await git.merges.ahead(pathOfPull(git, pull), pull.baseSha, pull.headSha)) > 0) return;
  const message = `No commits between ${labelOf(pull.repository, wanted)} and ${headLabel(wanted)}`;
  throw githubError(422, 'Validation Failed', {
    errors: [{ resource: 'PullRequest', code: 'custom', message }],
  });
}

const headLabel = ({ headRepository, headRef }: NewPull): string =>
  `${headRepository.owner}:${headRef}`;

const labelOf = ({ owner }: Repository, { baseRef }: NewPull): string => `${owner}:${baseRef}`;

function refuseDouble(pulls: readonly PullRequest[], wanted: NewPull): void {
  const isOpen = pulls.some(
    (pull) =>
      pull.state === 'open' &&
      pull.headRepository === wanted.headRepository &&
      pull.headRef === wanted.headRef &&
      pull.baseRef === wanted.baseRef,
  );
  if (!isOpen) return;
  const message = `A pull request already exists for ${headLabel(wanted)}.`;
  throw githubError(422, 'Validation Failed', {
    errors: [{ resource: 'PullRequest', code: 'custom', message }],
  });
}

async function demandBranch(
  { repositories, history }: PullGit,
  repository: Repository,
  branch: string,
  field: 'base' | 'head',
): Promise<void> {
  const path = repositories.pathOf(repository.owner, repository.name);
  if ((await history.resolve(path, `refs/heads/${branch}`)) !== null) return;
  throw githubError(422, 'Validation Failed', {
    errors: [{ resource: 'PullRequest', field, code: 'invalid' }],
  });
}

/** Where a repository may take pull requests from: itself, and its forks. */
export const headRepositories = (store: Store, repository: Repository): readonly Repository[] =>
  [...store.repositories.values()].filter(
    (each) => each === repository || isForkOf(each, repository),
  );

const isForkOf = ({ parent }: Repository, repository: Repository): boolean =>
  parent !== null && (parent === repository || fullName(parent) === fullName(repository));
