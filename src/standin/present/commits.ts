import type { FileChange, FullCommit } from '../git/objects.ts';
import { fullName, type Repository } from '../state/model.ts';
import { nodeId } from './identity.ts';

const UNVERIFIED = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null,
} as const;

const nodeOf = (kind: string, sha: string): string =>
  nodeId(kind, Number.parseInt(sha.slice(0, 12), 16));

/** A commit as the repository API shows it. Nobody has an account here, so nobody is its author's user. */
export function commitJson(repository: Repository, commit: FullCommit, url: string) {
  const name = fullName(repository);
  const api = `${url}/api/v3/repos/${name}`;
  const self = `${api}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: nodeOf('C', commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: UNVERIFIED,
    },
    url: self,
    html_url: `${url}/${name}/commit/${commit.sha}`,
    comments_url: `${self}/comments`,
    author: null,
    committer: null,
    parents: parentsJson(repository, commit, url, 'commits'),
  };
}

const parentsJson = (repository: Repository, { parents }: FullCommit, url: string, kind: string) =>
  parents.map((sha) => ({
    sha,
    url: `${url}/api/v3/repos/${fullName(repository)}/${kind}/${sha}`,
    html_url: `${url}/${fullName(repository)}/commit/${sha}`,
  }));

/** A commit as the git database API shows it. */
export function gitCommitJson(repository: Repository, commit: FullCommit, url: string) {
  const name = fullName(repository);
  const api = `${url}/api/v3/repos/${name}/git`;
  return {
    sha: commit.sha,
    node_id: nodeOf('C', commit.sha),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${url}/${name}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: `${api}/trees/${commit.tree}` },
    parents: parentsJson(repository, commit, url, 'git/commits'),
    verification: UNVERIFIED,
  };
}

export function fileChangeJson(
  repository: Repository,
  commit: string,
  change: FileChange,
  url: string,
) {
  const name = fullName(repository);
  const path = change.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: change.sha,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${url}/${name}/blob/${commit}/${path}`,
    raw_url: `${url}/${name}/raw/${commit}/${path}`,
    contents_url: `${url}/api/v3/repos/${name}/contents/${path}?ref=${commit}`,
    ...(change.previousPath === null ? {} : { previous_filename: change.previousPath }),
  };
}

export const refJson = (repository: Repository, ref: string, sha: string, url: string) => {
  const api = `${url}/api/v3/repos/${fullName(repository)}/git`;
  return {
    ref,
    node_id: nodeId('REF', Number.parseInt(sha.slice(0, 12), 16)),
    url: `${api}/${ref}`,
    object: { type: 'commit', sha, url: `${api}/commits/${sha}` },
  };
};
