import type { Value } from '../../actions/expressions.ts';
import type { PlanContexts } from '../../actions/workflow-plan.ts';
import type { NeedResult, StatusOfNeeds } from '../../actions/workflow-status.ts';
import type { Address } from '../dependencies.ts';
import { visibilityOf } from '../present/identity.ts';
import { fullName, type Job, type JobGroup, type Run } from '../state/model.ts';

const RETENTION_DAYS = '90';

/** `refs/heads/main` is the branch `main`, `refs/pull/1/merge` the branch `1/merge`. */
export const refName = (ref: string): string => ref.replace(/^refs\/(?:heads|tags|pull)\//, '');

const refType = (ref: string): 'branch' | 'tag' =>
  ref.startsWith('refs/tags/') ? 'tag' : 'branch';

/** The `github` context as the server sends it; the runner adds its own members (protocol D.4). */
export function githubContext(run: Run, address: Address): Record<string, Value> {
  const repository = fullName(run.repository);
  const workflowRef = `${repository}/${run.file}@${run.ref}`;
  return {
    ref: run.ref,
    ref_name: refName(run.ref),
    ref_type: refType(run.ref),
    ref_protected: false,
    sha: run.sha,
    repository,
    repository_owner: run.repository.owner,
    repository_id: String(run.repository.id),
    repository_owner_id: String(run.repository.id),
    repository_visibility: visibilityOf(run.repository),
    repositoryUrl: `git://${new URL(address.jobServerUrl()).host}/${repository}.git`,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    retention_days: RETENTION_DAYS,
    artifact_cache_size_limit: '10',
    actor: run.actor,
    actor_id: '1',
    triggering_actor: run.actor,
    workflow: run.name,
    workflow_ref: workflowRef,
    workflow_sha: run.sha,
    event_name: run.event,
    event: run.payload,
    head_ref: run.event.startsWith('pull_request') ? run.headRef : '',
    base_ref: run.baseRef,
    server_url: address.jobServerUrl(),
    api_url: `${address.jobUrl()}/api/v3`,
    graphql_url: `${address.jobUrl()}/api/graphql`,
    secret_source: 'Actions',
  };
}

/** The `needs` context of a job: the jobs that it names, all of which have ended. */
export function needsContext(run: Run, group: JobGroup): Record<string, Value> {
  return Object.fromEntries(
    group.definition.needs.map((id) => {
      const need = run.groups.get(id);
      return [id, { result: need?.result ?? 'skipped', outputs: need?.outputs ?? {} }];
    }),
  );
}

/** Contexts of a job in its message (protocol D.4); `matrix` is null without one, `runner` is the runner's. */
export function jobContexts(
  { id, run, group, leg }: Job,
  address: Address,
  variables: Readonly<Record<string, string>>,
): Record<string, Value> {
  const github = githubContext(run, address);
  return {
    github,
    inputs: run.inputs,
    vars: variables,
    needs: needsContext(run, group),
    matrix: leg.matrix,
    strategy: leg.strategy,
    job: {
      check_run_id: id,
      workflow_ref: github['workflow_ref'] ?? null,
      workflow_sha: run.sha,
      workflow_repository: fullName(run.repository),
      workflow_file_path: run.file,
    },
    runner: null,
  };
}

/** What the server evaluates a job with before it exists. */
export const planContexts = (
  run: Run,
  group: JobGroup,
  variables: Readonly<Record<string, string>>,
  address: Address,
): PlanContexts => ({
  github: githubContext(run, address),
  inputs: run.inputs,
  vars: variables,
  needs: needsContext(run, group),
});

/** How the jobs before this one ended, the whole chain. */
export function statusOfNeeds(run: Run, group: JobGroup): StatusOfNeeds {
  const results: Record<string, NeedResult> = {};
  const visit = (ids: readonly string[]): void => {
    for (const id of ids) {
      const need = run.groups.get(id);
      if (need === undefined || Object.hasOwn(results, id)) continue;
      results[id] = need.result ?? 'skipped';
      visit(need.definition.needs);
    }
  };
  visit(group.definition.needs);
  return { results, cancelled: run.cancelled };
}
