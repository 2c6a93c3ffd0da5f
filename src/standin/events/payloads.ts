import type { Value } from '../../actions/expressions.ts';
import type { Address } from '../dependencies.ts';
import type { Commit } from '../git/history.ts';
import { NO_COMMIT } from '../git/repositories.ts';
import { organizationJson, repositoryJson, userJson } from '../present/identity.ts';
import { fullName, type Repository } from '../state/model.ts';

/** Who acts where a request does not say who. */
export const ACTOR = 'octocat';

type Payload = Record<string, Value>;

/** JSON as a value: without methods and undefined members. */
const plain = (value: unknown): Payload => JSON.parse(JSON.stringify(value)) as Payload;

const surroundings = (repository: Repository, url: string, sender: string = ACTOR) => ({
  repository: repositoryJson(repository, url),
  organization: organizationJson(repository.owner, url),
  sender: userJson(sender, url),
});

function commitJson(commit: Commit, repository: Repository, url: string) {
  const person = { name: commit.authorName, email: commit.authorEmail, username: ACTOR };
  return {
    id: commit.sha,
    tree_id: commit.sha,
    distinct: true,
    message: commit.message,
    timestamp: commit.at,
    url: `${url}/${fullName(repository)}/commit/${commit.sha}`,
    author: person,
    committer: person,
    added: [],
    removed: [],
    modified: [],
  };
}

export interface Push {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /** Oldest first. */
  readonly commits: readonly Commit[];
}

/** The `push` event. */
export function pushPayload(repository: Repository, push: Push, address: Address): Payload {
  const url = address.url();
  const commits = push.commits.map((commit) => commitJson(commit, repository, url));
  return plain({
    ref: push.ref,
    before: push.before,
    after: push.after,
    base_ref: null,
    created: push.before === NO_COMMIT,
    deleted: push.after === NO_COMMIT,
    forced: false,
    compare: `${url}/${fullName(repository)}/compare/${push.before}...${push.after}`,
    commits,
    head_commit: push.after === NO_COMMIT ? null : (commits.at(-1) ?? null),
    pusher: { name: ACTOR, email: `${ACTOR}@users.noreply.github.com` },
    ...surroundings(repository, url),
  });
}

/** The `workflow_dispatch` event; its inputs are texts. */
export const dispatchPayload = (
  repository: Repository,
  ref: string,
  file: string,
  inputs: Readonly<Record<string, string>>,
  address: Address,
): Payload => plain({ inputs, ref, workflow: file, ...surroundings(repository, address.url()) });

/** Any other event: what the caller gives, in the surroundings that all events have. */
export const otherPayload = (
  repository: Repository,
  given: Readonly<Record<string, unknown>>,
  address: Address,
  sender?: string,
): Payload => plain({ ...surroundings(repository, address.url(), sender), ...given });

/** A pull request from `head` into the default branch, for callers that give none. */
export const pullRequestPart = (
  repository: Repository,
  number: number,
  head: string,
  sha: string,
) => ({
  action: 'opened',
  number,
  pull_request: {
    number,
    state: 'open',
    draft: false,
    title: head,
    head: { ref: head, sha, repo: { full_name: fullName(repository), fork: false } },
    base: { ref: repository.defaultBranch, repo: { full_name: fullName(repository) } },
  },
});
