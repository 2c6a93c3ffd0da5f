import type { MessageInput } from './message-input.ts';

interface JobVariable {
  readonly value: string;
  readonly isSecret?: true;
}

const PERMISSIONS = JSON.stringify({ Actions: 'write', Contents: 'write', Metadata: 'read' });

/** GitHub sends these whether or not the file names them. */
const ALWAYS_SENT = ['ACTIONS_STEP_DEBUG', 'ACTIONS_RUNNER_DEBUG'];

/** Variables of a job (protocol D.6), its secrets among them: only those that the file names. */
export function jobVariables(
  { job, address, secrets }: MessageInput,
  orchestration: string,
): Record<string, JobVariable> {
  const { run, group } = job;
  const url = address.url();
  const token: JobVariable = { value: job.githubToken, isSecret: true };
  const plain: Record<string, string> = {
    'system.github.token.permissions': PERMISSIONS,
    'system.github.job': group.definition.id,
    'system.github.results_endpoint': `${url}/`,
    'system.github.launch_endpoint': url,
    'system.from_run_service': 'true',
    'system.orchestrationId': orchestration,
    'system.phaseDisplayName': job.leg.displayName,
    'system.culture': 'en-US',
    'system.runnerGroupName': 'Default',
    'system.runnerEnvironment': 'self-hosted',
    'system.workflowFileFullPath': run.file,
    'system.workflowFilePath': run.file,
    'system.workflowFileRef': run.ref,
    'system.workflowFileSha': run.sha,
    'DistributedTask.EnhancedAnnotations': 'true',
    'DistributedTask.AllowRunnerContainerHooks': 'true',
    'DistributedTask.UseContainerPathForTemplate': 'true',
    actions_uses_cache_service_v2: 'true',
  };
  const named = run.workflow?.secrets ?? null;
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
