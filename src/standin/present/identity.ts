import { wireTime } from '../dependencies.ts';
import { idOfLogin } from '../state/accounts.ts';
import type { Repository } from '../state/model.ts';
import { fullName } from '../state/model.ts';

/** People and organisations as GitHub's JSON shows them. Nobody has an account here: all are made up. */

/** GraphQL node id; real ones differ, but are as opaque. */
export const nodeId = (kind: string, id: number): string =>
  `${kind}_${Buffer.from(String(id)).toString('base64url')}`;

export function userJson(login: string, url: string, type: 'User' | 'Organization' = 'User') {
  const id = idOfLogin(login);
  const api = `${url}/api/v3/users/${login}`;
  return {
    login,
    id,
    node_id: nodeId(type === 'User' ? 'U' : 'O', id),
    avatar_url: `${url}/avatars/${login}`,
    gravatar_id: '',
    url: api,
    html_url: `${url}/${login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function organizationJson(login: string, url: string) {
  const id = idOfLogin(login);
  const api = `${url}/api/v3/orgs/${login}`;
  return {
    login,
    id,
    node_id: nodeId('O', id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${url}/avatars/${login}`,
    description: null,
  };
}

/** Members of a repository that are links below its API address. */
const REPOSITORY_LINKS = {
  archive_url: '{archive_format}{/ref}',
  assignees_url: 'assignees{/user}',
  blobs_url: 'git/blobs{/sha}',
  branches_url: 'branches{/branch}',
  collaborators_url: 'collaborators{/collaborator}',
  comments_url: 'comments{/number}',
  commits_url: 'commits{/sha}',
  compare_url: 'compare/{base}...{head}',
  contents_url: 'contents/{+path}',
  contributors_url: 'contributors',
  deployments_url: 'deployments',
  downloads_url: 'downloads',
  events_url: 'events',
  forks_url: 'forks',
  git_commits_url: 'git/commits{/sha}',
  git_refs_url: 'git/refs{/sha}',
  git_tags_url: 'git/tags{/sha}',
  hooks_url: 'hooks',
  issue_comment_url: 'issues/comments{/number}',
  issue_events_url: 'issues/events{/number}',
  issues_url: 'issues{/number}',
  keys_url: 'keys{/key_id}',
  labels_url: 'labels{/name}',
  languages_url: 'languages',
  merges_url: 'merges',
  milestones_url: 'milestones{/number}',
  notifications_url: 'notifications{?since,all,participating}',
  pulls_url: 'pulls{/number}',
  releases_url: 'releases{/id}',
  stargazers_url: 'stargazers',
  statuses_url: 'statuses/{sha}',
  subscribers_url: 'subscribers',
  subscription_url: 'subscription',
  tags_url: 'tags',
  teams_url: 'teams',
  trees_url: 'git/trees{/sha}',
} as const;

export const visibilityOf = (repository: Repository): 'private' | 'public' =>
  repository.private ? 'private' : 'public';

export function repositoryJson(repository: Repository, url: string) {
  const name = fullName(repository);
  const api = `${url}/api/v3/repos/${name}`;
  const links = Object.entries(REPOSITORY_LINKS).map(([key, path]) => [key, `${api}/${path}`]);
  const created = wireTime(repository.createdAt);
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: name,
    private: repository.private,
    visibility: visibilityOf(repository),
    owner: userJson(repository.owner, url, 'Organization'),
    html_url: `${url}/${name}`,
    description: null,
    fork: repository.parent !== null,
    url: api,
    ...(Object.fromEntries(links) as Record<keyof typeof REPOSITORY_LINKS, string>),
    created_at: created,
    updated_at: created,
    pushed_at: created,
    git_url: `${url}/${name}.git`,
    ssh_url: `${url}/${name}.git`,
    clone_url: `${url}/${name}.git`,
    svn_url: `${url}/${name}`,
    homepage: null,
    ...REPOSITORY_CONSTANTS,
    default_branch: repository.defaultBranch,
    custom_properties: {},
  };
}

/** A repository as `/repos/{owner}/{repo}` shows it, with more than in lists and webhooks. */
export const fullRepositoryJson = (repository: Repository, url: string) => ({
  ...repositoryJson(repository, url),
  network_count: 0,
  subscribers_count: 0,
  organization: userJson(repository.owner, url, 'Organization'),
});

const REPOSITORY_CONSTANTS = {
  size: 0,
  stargazers_count: 0,
  watchers_count: 0,
  language: null,
  has_issues: true,
  has_projects: false,
  has_downloads: false,
  has_wiki: false,
  has_pages: false,
  has_discussions: false,
  forks_count: 0,
  mirror_url: null,
  archived: false,
  disabled: false,
  open_issues_count: 0,
  license: null,
  allow_forking: true,
  is_template: false,
  web_commit_signoff_required: false,
  topics: [],
  forks: 0,
  open_issues: 0,
  watchers: 0,
} as const;
