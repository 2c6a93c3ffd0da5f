import { wireTime } from '../dependencies.ts';
import type { Deployment, DeploymentStatus } from '../state/environments.ts';
import { fullName, type Repository } from '../state/model.ts';
import { nodeId, userJson } from './identity.ts';

const apiOf = (repository: Repository, url: string): string =>
  `${url}/api/v3/repos/${fullName(repository)}`;

/** A deployment as REST and the webhooks show it. */
export function deploymentJson(deployment: Deployment, repository: Repository, url: string) {
  const self = `${apiOf(repository, url)}/deployments/${deployment.id}`;
  return {
    url: self,
    id: deployment.id,
    node_id: nodeId('DE', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: 'deploy',
    payload: {},
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: null,
    creator: userJson(deployment.creator, url),
    created_at: wireTime(deployment.createdAt),
    updated_at: wireTime(deployment.updatedAt),
    statuses_url: `${self}/statuses`,
    repository_url: apiOf(repository, url),
    transient_environment: false,
    production_environment: false,
    performed_via_github_app: null,
  };
}

export function deploymentStatusJson(
  deployment: Deployment,
  status: DeploymentStatus,
  repository: Repository,
  url: string,
) {
  const api = apiOf(repository, url);
  const page = `${url}/${fullName(repository)}/actions/runs/${deployment.runId}/job/${deployment.jobId}`;
  const at = wireTime(status.createdAt);
  return {
    url: `${api}/deployments/${deployment.id}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DES', status.id),
    state: status.state,
    creator: userJson(deployment.creator, url),
    description: '',
    environment: deployment.environment,
    target_url: page,
    created_at: at,
    updated_at: at,
    deployment_url: `${api}/deployments/${deployment.id}`,
    repository_url: api,
    environment_url: status.environmentUrl,
    log_url: page,
    performed_via_github_app: null,
  };
}
