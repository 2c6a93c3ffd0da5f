import { optionalWireTime, wireTime } from '../dependencies.ts';
import { fullName, type Repository, type Run } from '../state/model.ts';
import { isFromFork, type PullRequest } from '../state/pulls.ts';
import { nodeId, repositoryJson, userJson } from './identity.ts';

/** What GitHub thinks of who opened a pull request. */
const associationOf = (pull: PullRequest): string => (isFromFork(pull) ? 'CONTRIBUTOR' : 'MEMBER');

const side = (repository: Repository, ref: string, sha: string, url: string) => ({
  label: `${repository.owner}:${ref}`,
  ref,
  sha,
  user: userJson(repository.owner, url, 'Organization'),
  repo: repositoryJson(repository, url),
});

/** Links of a pull request, below its own address and that of the issue which it also is. */
function linksOf(pull: PullRequest, url: string) {
  const name = fullName(pull.repository);
  const api = `${url}/api/v3/repos/${name}`;
  const self = `${api}/pulls/${pull.number}`;
  const page = `${url}/${name}/pull/${pull.number}`;
  const issue = `${api}/issues/${pull.number}`;
  return {
    url: self,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    commits_url: `${self}/commits`,
    review_comments_url: `${self}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${api}/statuses/${pull.headSha}`,
    _links: {
      self: { href: self },
      html: { href: page },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${self}/comments` },
      review_comment: { href: `${api}/pulls/comments{/number}` },
      commits: { href: `${self}/commits` },
      statuses: { href: `${api}/statuses/${pull.headSha}` },
    },
  };
}

/** What nobody can set here. */
const NOTHING = {
  locked: false,
  active_lock_reason: null,
  assignee: null,
  assignees: [],
  requested_reviewers: [],
  requested_teams: [],
  labels: [],
  milestone: null,
  auto_merge: null,
} as const;

/** A pull request as lists show it. */
export function pullSummaryJson(pull: PullRequest, url: string) {
  return {
    ...linksOf(pull, url),
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    state: pull.state,
    title: pull.title,
    user: userJson(pull.author, url),
    body: pull.body,
    created_at: wireTime(pull.createdAt),
    updated_at: wireTime(pull.updatedAt),
    closed_at: optionalWireTime(pull.closedAt),
    merged_at: optionalWireTime(pull.mergedAt),
    merge_commit_sha: pull.mergeSha,
    ...NOTHING,
    draft: pull.draft,
    head: side(pull.headRepository, pull.headRef, pull.headSha, url),
    base: side(pull.repository, pull.baseRef, pull.baseSha, url),
    author_association: associationOf(pull),
  };
}

/** A pull request by itself, as REST and the webhooks show it. */
export const pullJson = (pull: PullRequest, url: string) => ({
  ...pullSummaryJson(pull, url),
  merged: pull.mergedAt !== null,
  mergeable: pull.state === 'open' ? pull.mergeSha !== null : null,
  rebaseable: null,
  mergeable_state: pull.mergeSha === null ? 'dirty' : 'clean',
  merged_by: pull.mergedBy === null ? null : userJson(pull.mergedBy, url),
  comments: 0,
  review_comments: 0,
  maintainer_can_modify: false,
  commits: 1,
  additions: 0,
  deletions: 0,
  changed_files: 0,
});

/** The pull requests that a run names; those from forks are left out, as at GitHub. */
export function pullsOfRunJson(run: Run, url: string) {
  const { pull, repository, headRepository } = run;
  if (pull === null || repository !== headRepository) return [];
  const api = `${url}/api/v3/repos/${fullName(repository)}`;
  const at = (ref: string, sha: string) => ({
    ref,
    sha,
    repo: { id: repository.id, url: api, name: repository.name },
  });
  return [
    {
      id: pull.id,
      number: pull.number,
      url: `${api}/pulls/${pull.number}`,
      head: at(run.headRef, pull.headSha),
      base: at(pull.baseRef, pull.baseSha),
    },
  ];
}
