import { ACCOUNT_OPERATIONS } from './account.ts';
import { ARTIFACT_OPERATIONS } from './actions/artifacts.ts';
import { CACHE_OPERATIONS } from './actions/caches.ts';
import { JOB_OPERATIONS } from './actions/jobs.ts';
import { PENDING_DEPLOYMENT_OPERATIONS } from './actions/pending-deployments.ts';
import { RERUN_OPERATIONS } from './actions/reruns.ts';
import { RUN_LOG_OPERATIONS } from './actions/run-logs.ts';
import { RUN_OPERATIONS } from './actions/runs.ts';
import { SECRET_OPERATIONS } from './actions/secrets.ts';
import { VARIABLE_OPERATIONS } from './actions/variables.ts';
import { WORKFLOW_OPERATIONS } from './actions/workflows.ts';
import { ACCESS_TOKEN_OPERATIONS } from './apps/access-tokens.ts';
import { APP_OPERATIONS } from './apps/app.ts';
import { INSTALLATION_OPERATIONS } from './apps/installations.ts';
import { CHECK_RUN_OPERATIONS } from './checks/check-runs.ts';
import { CHECK_SUITE_OPERATIONS } from './checks/check-suites.ts';
import { STATUS_OPERATIONS } from './checks/statuses.ts';
import { ENVIRONMENT_OPERATIONS } from './environments/environments.ts';
import { DELIVERY_OPERATIONS } from './hooks/deliveries.ts';
import { HOOK_OPERATIONS } from './hooks/hooks.ts';
import type { Operation } from './operation.ts';
import { PULL_OPERATIONS } from './pulls/pulls.ts';
import { ARCHIVE_OPERATIONS, DEFAULT_ARCHIVE_OPERATIONS } from './repos/archives.ts';
import { COMMIT_OPERATIONS } from './repos/commits.ts';
import { CONTENT_OPERATIONS, TOP_FOLDER_OPERATIONS } from './repos/contents.ts';
import { GIT_OPERATIONS } from './repos/git-data.ts';
import { REPOSITORY_OPERATIONS } from './repos/repositories.ts';
import { GROUP_ACCESS_OPERATIONS } from './runners/group-access.ts';
import { GROUP_MEMBER_OPERATIONS } from './runners/group-members.ts';
import { GROUP_OPERATIONS } from './runners/groups.ts';
import { LABEL_OPERATIONS } from './runners/labels.ts';
import { RUNNER_OPERATIONS } from './runners/runners.ts';

/** All that the REST API does; `docs/standin-api.md` is made of it. */
export const OPERATIONS: readonly Operation[] = [
  ...RUNNER_OPERATIONS,
  ...LABEL_OPERATIONS,
  ...GROUP_OPERATIONS,
  ...GROUP_MEMBER_OPERATIONS,
  ...GROUP_ACCESS_OPERATIONS,
  ...RUN_OPERATIONS,
  ...RERUN_OPERATIONS,
  ...PENDING_DEPLOYMENT_OPERATIONS,
  ...ENVIRONMENT_OPERATIONS,
  ...SECRET_OPERATIONS,
  ...RUN_LOG_OPERATIONS,
  ...JOB_OPERATIONS,
  ...WORKFLOW_OPERATIONS,
  ...ARTIFACT_OPERATIONS,
  ...CACHE_OPERATIONS,
  ...VARIABLE_OPERATIONS,
  ...CHECK_RUN_OPERATIONS,
  ...CHECK_SUITE_OPERATIONS,
  ...STATUS_OPERATIONS,
  ...HOOK_OPERATIONS,
  ...DELIVERY_OPERATIONS,
  ...APP_OPERATIONS,
  ...INSTALLATION_OPERATIONS,
  ...ACCESS_TOKEN_OPERATIONS,
  ...REPOSITORY_OPERATIONS,
  ...PULL_OPERATIONS,
  ...CONTENT_OPERATIONS,
  ...COMMIT_OPERATIONS,
  ...GIT_OPERATIONS,
  ...ARCHIVE_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
];

/** Paths that GitHub answers though its description does not name them. */
export const ALIASES: readonly Operation[] = [
  ...TOP_FOLDER_OPERATIONS,
  ...DEFAULT_ARCHIVE_OPERATIONS,
];
