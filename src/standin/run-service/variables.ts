import type { Permissions } from '../../actions/workflow-permissions.ts';
import type { MessageInput } from './message-input.ts';

interface JobVariable {
  readonly value: string;
  readonly isSecret?: true;
}

/** As the runner prints them: `PullRequests: write`. */
const permissionsText = (permissions: Permissions): string =>
  JSON.stringify({
    ...Object.fromEntries(
      Object.entries(permissions)
        .filter(([, access]) => access !== 'none')
        .map(([scope, access]) => [pascalCase(scope), access]),
    ),
    Metadata: 'read',
  });

const pascalCase = (scope: string): string =>
  scope.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** GitHub sends these whether or not the file names them. */
const ALWAYS_SENT = ['ACTIONS_STEP_DEBUG', 'ACTIONS_RUNNER_DEBUG'];

/** Variables of a job (protocol D.6), its secrets among them: only those that the file names. */
export function jobVariables(
  { job, address, secrets }: MessageInput,
  orchestration: string,
): Record<string, JobVariable> {
  const { run, group } = job;
  const { workflow, source } = group.scope.tree;
  const url = address.url();
  const token: JobVariable = { value: job.githubToken, isSecret: true };
  const plain: Record<string, string> = {
    'system.github.token.permissions': permissionsText(job.permissions),
    'system.github.job': group.definition.id,
    'system.github.results_endpoint': `${url}/`,
    'system.github.launch_endpoint': url,
    'system.from_run_service': 'true',
    'system.orchestrationId': orchestration,
    'system.phaseDisplayName': job.leg.displayName,
    'system.culture': 'en-US',
    'system.runnerGroupName': 'Default',
    'system.runnerEnvironment': 'self-hosted',
    'system.workflowFileFullPath': source.file,
    'system.workflowFilePath': source.file,
    'system.workflowFileRef': source.ref,
    'system.workflowFileSha': source.sha,
    'DistributedTask.EnhancedAnnotations': 'true',
    'DistributedTask.AllowRunnerContainerHooks': 'true',
    'DistributedTask.UseContainerPathForTemplate': 'true',
    actions_uses_cache_service_v2: 'true',
    ...(run.debug ? { ACTIONS_STEP_DEBUG: 'true', ACTIONS_RUNNER_DEBUG: 'true' } : {}),
  };
  const named = workflow.secrets;
  const wanted = [...secrets].filter(
    ([name]) => named === null || [...ALWAYS_SENT, ...named].includes(name),
  );
  return {
    'system.github.token': token,
    github_token: token,
    ...Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, { value }])),
    ...Object.fromEntries(
      wanted.map(([name, value]) => [name, { value, isSecret: true as const }]),
    ),
  };
}
