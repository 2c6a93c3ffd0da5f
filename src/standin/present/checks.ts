import { optionalWireTime, wireTime } from '../dependencies.ts';
import type { FullCommit } from '../git/objects.ts';
import type { App } from '../state/apps.ts';
import { ACTIONS_APP_ID, type CheckRun, type CommitStatus } from '../state/checks.ts';
import { fullName, type Repository } from '../state/model.ts';
import type { Annotation } from '../state/run-parts.ts';
import { appJson } from './apps.ts';
import { nodeId, repositoryJson, userJson } from './identity.ts';

/** The App of a check; GitHub's own for Actions is none of the stand-in's. */
export function checkAppJson(apps: ReadonlyMap<number, App>, appId: number, url: string) {
  const app = apps.get(appId);
  if (app !== undefined) return appJson(app, url);
  if (appId !== ACTIONS_APP_ID) return null;
  const born = wireTime(Date.UTC(2018, 6, 30));
  return {
    id: appId,
    slug: 'github-actions',
    node_id: nodeId('A', appId),
    client_id: 'Iv1.05c79e9ad1f6bdfa',
    owner: userJson('github', url, 'Organization'),
    name: 'GitHub Actions',
    description: 'Automate your workflow from idea to production',
    external_url: 'https://help.github.com/en/actions',
    html_url: `${url}/apps/github-actions`,
    created_at: born,
    updated_at: born,
    permissions: { actions: 'write', checks: 'write', contents: 'write', metadata: 'read' },
    events: ['check_run', 'check_suite', 'push', 'repository_dispatch', 'workflow_dispatch'],
  };
}

export function checkRunJson(check: CheckRun, apps: ReadonlyMap<number, App>, url: string) {
  const name = fullName(check.repository);
  const self = `${url}/api/v3/repos/${name}/check-runs/${check.id}`;
  const html =
    check.appId === ACTIONS_APP_ID
      ? `${url}/${name}/actions/runs/${check.suiteId}/job/${check.id}`
      : `${url}/${name}/runs/${check.id}`;
  return {
    id: check.id,
    node_id: nodeId('CR', check.id),
    head_sha: check.headSha,
    external_id: check.externalId,
    url: self,
    html_url: html,
    details_url: check.detailsUrl ?? html,
    name: check.name,
    status: check.status,
    conclusion: check.conclusion,
    started_at: optionalWireTime(check.startedAt),
    completed_at: optionalWireTime(check.completedAt),
    output: {
      ...check.output,
      annotations_count: check.annotations.length,
      annotations_url: `${self}/annotations`,
    },
    check_suite: { id: check.suiteId },
    app: checkAppJson(apps, check.appId, url),
    pull_requests: [],
  };
}

export const annotationJson = (check: CheckRun, annotation: Annotation, url: string) => {
  const path = annotation.path ?? '.github';
  const line = annotation.startLine ?? 1;
  return {
    path,
    start_line: line,
    end_line: annotation.endLine ?? line,
    start_column: annotation.startColumn ?? null,
    end_column: annotation.endColumn ?? null,
    annotation_level: annotation.level,
    title: annotation.title ?? '',
    message: annotation.message,
    raw_details: '',
    blob_href: `${url}/${fullName(check.repository)}/blob/${check.headSha}/${path}`,
  };
};

/** A suite, of which a workflow run is one. */
export interface SuiteView {
  readonly id: number;
  readonly repository: Repository;
  readonly appId: number;
  readonly headBranch: string | null;
  readonly headSha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly checks: number;
}

export function checkSuiteJson(
  suite: SuiteView,
  commit: FullCommit,
  apps: ReadonlyMap<number, App>,
  url: string,
) {
  const self = `${url}/api/v3/repos/${fullName(suite.repository)}/check-suites/${suite.id}`;
  const { author, committer } = commit;
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: suite.status,
    conclusion: suite.conclusion,
    url: self,
    before: commit.parents[0] ?? null,
    after: suite.headSha,
    pull_requests: [],
    app: checkAppJson(apps, suite.appId, url),
    repository: repositoryJson(suite.repository, url),
    created_at: wireTime(suite.createdAt),
    updated_at: wireTime(suite.updatedAt),
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: committer.date,
      author: { name: author.name, email: author.email },
      committer: { name: committer.name, email: committer.email },
    },
    latest_check_runs_count: suite.checks,
    check_runs_url: `${self}/check-runs`,
    rerequestable: true,
    runs_rerequestable: true,
  };
}

export const statusJson = (status: CommitStatus, repository: Repository, url: string) => ({
  url: `${url}/api/v3/repos/${fullName(repository)}/statuses/${status.sha}`,
  avatar_url: `${url}/avatars/${status.creator}`,
  id: status.id,
  node_id: nodeId('SC', status.id),
  state: status.state,
  description: status.description,
  target_url: status.targetUrl,
  context: status.context,
  created_at: wireTime(status.createdAt),
  updated_at: wireTime(status.createdAt),
});
