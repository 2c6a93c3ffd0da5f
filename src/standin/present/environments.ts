import { wireTime } from '../dependencies.ts';
import type { Environment } from '../state/environments.ts';
import { fullName, type Repository } from '../state/model.ts';
import { nodeId, userJson } from './identity.ts';

/** An environment as others refer to it. */
export const environmentPartJson = (
  { id, name }: Environment,
  repository: Repository,
  url: string,
) => ({
  id,
  node_id: nodeId('EN', id),
  name,
  url: `${url}/api/v3/repos/${fullName(repository)}/environments/${encodeURIComponent(name)}`,
  html_url: `${url}/${fullName(repository)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
});

/** An environment with the rules that hold jobs back. */
export const environmentJson = (repository: Repository, environment: Environment, url: string) => ({
  ...environmentPartJson(environment, repository, url),
  created_at: wireTime(environment.createdAt),
  updated_at: wireTime(environment.updatedAt),
  can_admins_bypass: environment.canAdminsBypass,
  protection_rules: rulesOf(environment, url),
  deployment_branch_policy:
    environment.branchPolicy === null
      ? null
      : {
          protected_branches: environment.branchPolicy.kind === 'protected',
          custom_branch_policies: environment.branchPolicy.kind === 'custom',
        },
});

function rulesOf(
  { id, waitTimer, reviewers, preventSelfReview, branchPolicy }: Environment,
  url: string,
) {
  const rule = (type: string, place: number) => ({
    id: id * 10 + place,
    node_id: nodeId('GA', id * 10 + place),
    type,
  });
  return [
    ...(waitTimer === 0 ? [] : [{ ...rule('wait_timer', 1), wait_timer: waitTimer }]),
    ...(reviewers.length === 0
      ? []
      : [
          {
            ...rule('required_reviewers', 2),
            prevent_self_review: preventSelfReview,
            reviewers: reviewers.map(({ login }) => ({
              type: 'User',
              reviewer: userJson(login, url),
            })),
          },
        ]),
    ...(branchPolicy === null ? [] : [rule('branch_policy', 3)]),
  ];
}
