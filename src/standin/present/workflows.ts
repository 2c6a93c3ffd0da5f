import { wireTime } from '../dependencies.ts';
import { fullName, type Repository } from '../state/model.ts';
import { nodeId } from './identity.ts';

interface Workflow {
  readonly id: number;
  readonly file: string;
  readonly name: string;
}

/** A workflow file as REST and the `workflow_run` webhook show it. */
export function workflowFileJson(
  repository: Repository,
  { id, file, name }: Workflow,
  url: string,
) {
  const full = fullName(repository);
  const created = wireTime(repository.createdAt);
  return {
    id,
    node_id: nodeId('W', id),
    name,
    path: file,
    state: repository.disabledWorkflows.has(file) ? 'disabled_manually' : 'active',
    created_at: created,
    updated_at: created,
    url: `${url}/api/v3/repos/${full}/actions/workflows/${id}`,
    html_url: `${url}/${full}/blob/${repository.defaultBranch}/${file}`,
    badge_url: `${url}/${full}/workflows/${encodeURIComponent(name)}/badge.svg`,
  };
}
