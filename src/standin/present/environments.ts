import type { Environment } from '../state/environments.ts';
import { fullName, type Repository } from '../state/model.ts';
import { nodeId } from './identity.ts';

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
