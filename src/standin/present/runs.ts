import { optionalWireTime, wireTime } from '../dependencies.ts';
import { fullName, type Job, type Run } from '../state/model.ts';
import { nodeId, repositoryJson, userJson } from './identity.ts';
import { pullsOfRunJson } from './pulls.ts';
import { workflowFileJson } from './workflows.ts';

/** A job as REST and the `workflow_job` webhook show it (protocol I.1). */
export function jobJson(job: Job, url: string) {
  const { run } = job;
  const name = fullName(run.repository);
  const api = `${url}/api/v3/repos/${name}`;
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.name,
    head_branch: run.headRef,
    run_url: `${api}/actions/runs/${run.id}`,
    run_attempt: run.attempt,
    node_id: nodeId('CR', job.id),
    head_sha: run.headSha,
    url: `${api}/actions/jobs/${job.id}`,
    html_url: `${url}/${name}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status === 'held' ? 'queued' : job.status,
    conclusion: job.conclusion,
    created_at: wireTime(job.queuedAt ?? job.createdAt),
    started_at: wireTime(job.startedAt ?? job.queuedAt ?? job.createdAt),
    completed_at: optionalWireTime(job.completedAt),
    name: job.leg.displayName,
    steps: stepsJson(job),
    check_run_url: `${api}/check-runs/${job.id}`,
    labels: [...job.leg.labels],
    runner_id: job.runner?.id ?? null,
    runner_name: job.runner?.name ?? null,
    runner_group_id: job.runner?.groupId ?? null,
    runner_group_name: job.runner === null ? null : 'Default',
  };
}

const stepsJson = (job: Job) =>
  [...job.steps.values()]
    .sort((a, b) => a.number - b.number)
    .map((step) => ({
      name: step.name,
      status: step.status === 'pending' ? 'queued' : step.status,
      conclusion: step.conclusion,
      number: step.number,
      started_at: step.startedAt,
      completed_at: step.completedAt,
    }));

/** A workflow run as REST and the `workflow_run` webhook show it. */
export function runJson(run: Run, url: string) {
  const name = fullName(run.repository);
  const api = `${url}/api/v3/repos/${name}`;
  const self = `${api}/actions/runs/${run.id}`;
  const actor = userJson(run.actor, url);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WFR', run.id),
    head_branch: run.headRef,
    head_sha: run.headSha,
    path: run.file,
    display_title: run.displayTitle,
    run_number: run.number,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflowId,
    check_suite_id: run.id,
    check_suite_node_id: nodeId('CS', run.id),
    url: self,
    html_url: `${url}/${name}/actions/runs/${run.id}`,
    pull_requests: pullsOfRunJson(run, url),
    created_at: wireTime(run.createdAt),
    updated_at: wireTime(run.updatedAt),
    actor,
    run_attempt: run.attempt,
    referenced_workflows: [],
    run_started_at: wireTime(run.startedAt),
    triggering_actor: userJson(run.triggeringActor, url),
    jobs_url: `${self}/jobs`,
    logs_url: `${self}/logs`,
    check_suite_url: `${api}/check-suites/${run.id}`,
    artifacts_url: `${self}/artifacts`,
    cancel_url: `${self}/cancel`,
    rerun_url: `${self}/rerun`,
    previous_attempt_url: run.previous === null ? null : `${self}/attempts/${run.previous.attempt}`,
    workflow_url: `${api}/actions/workflows/${run.workflowId}`,
    head_commit: null,
    repository: repositoryJson(run.repository, url),
    head_repository: repositoryJson(run.headRepository, url),
  };
}

/** The workflow of a run, as the `workflow_run` webhook shows it beside the run. */
export const workflowJson = ({ repository, workflowId, file, name }: Run, url: string) =>
  workflowFileJson(repository, { id: workflowId, file, name }, url);
