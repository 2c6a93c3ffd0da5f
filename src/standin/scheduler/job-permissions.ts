import {
  defaultPermissions,
  forkLimit,
  jobPermissions,
  noLimit,
  type Permissions,
} from '../../actions/workflow-permissions.ts';
import type { JobGroup, Run } from '../state/model.ts';
import { hasSecrets } from './contexts.ts';

/** The most that tokens of a run may do: a pull request from a fork only reads. */
export const limitOfRun = (run: Run): Permissions => (hasSecrets(run) ? noLimit : forkLimit);

/** What the token of a job may do; of a job that calls a workflow, what the called jobs may at most. */
export function permissionsOfJob({ definition, scope }: JobGroup): Permissions {
  const setting = defaultPermissions(scope.run.repository.actions.defaultPermissions);
  return jobPermissions({
    job: definition.permissions,
    workflow: scope.tree.workflow.permissions,
    default: scope.caller === null ? setting : scope.permissions,
    limit: scope.permissions,
  });
}
