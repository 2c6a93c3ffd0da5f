import { wireTime } from '../dependencies.ts';
import { type Artifact, fullName } from '../state/model.ts';
import { nodeId } from './identity.ts';

export function artifactJson(
  { id, name, size, digest, createdAt, expiresAt, job }: Artifact,
  url: string,
) {
  const { run } = job;
  const self = `${url}/api/v3/repos/${fullName(run.repository)}/actions/artifacts/${id}`;
  return {
    id,
    node_id: nodeId('ART', id),
    name,
    size_in_bytes: size,
    url: self,
    archive_download_url: `${self}/zip`,
    expired: false,
    digest,
    created_at: wireTime(createdAt),
    updated_at: wireTime(createdAt),
    expires_at: wireTime(expiresAt),
    workflow_run: {
      id: run.id,
      repository_id: run.repository.id,
      head_repository_id: run.repository.id,
      head_branch: run.headRef,
      head_sha: run.sha,
    },
  };
}
