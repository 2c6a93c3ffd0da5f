import type { Value } from '../../actions/expressions.ts';
import type { PlanContexts } from '../../actions/workflow-plan.ts';
import type { NeedResult, StatusOfNeeds } from '../../actions/workflow-status.ts';
import type { Address } from '../dependencies.ts';
import { visibilityOf } from '../present/identity.ts';
import { fullName, type Job, type JobGroup, type Run, type Scope } from '../state/model.ts';
import { isCancelled } from './tree.ts';

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
    ref_protected: run.repository.protectedBranches.includes(refName(run.ref)),
    sha: run.sha,
    repository,
    repository_owner: run.repository.owner,
    repository_id: String(run.repository.id),
    repository_owner_id: String(run.repository.ownerId),
    repository_visibility: visibilityOf(run.repository),
    repositoryUrl: `git://${new URL(address.jobServerUrl()).host}/${repository}.git`,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    retention_days: RETENTION_DAYS,
    artifact_cache_size_limit: '10',
    actor: run.actor,
    actor_id: '1',
    triggering_actor: run.triggeringActor,
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
    secret_source: hasSecrets(run) ? 'Actions' : 'None',
  };
}

/** A pull request from a fork sees no secrets, unless the workflow runs at the base (GitHub docs). */
export const hasSecrets = (run: Run): boolean =>
  run.headRepository === run.repository || !run.event.startsWith('pull_request')
    ? true
    : run.event === 'pull_request_target';

/** The `needs` context of a job: the jobs that it names, all of which have ended. */
function needsContext({ definition, scope }: JobGroup): Record<string, Value> {
  return Object.fromEntries(
    definition.needs.map((id) => {
      const need = scope.groups.get(id);
      return [id, { result: need?.result ?? 'skipped', outputs: need?.outputs ?? {} }];
    }),
  );
}

/** The `jobs` context, which the outputs of a called workflow are made of. */
export const jobsContext = (scope: Scope): Record<string, Value> =>
  Object.fromEntries(
    [...scope.groups].map(([id, { result, outputs }]) => [
      id,
      { result: result ?? 'skipped', outputs },
    ]),
  );

/** Contexts of a job in its message (protocol D.4); `matrix` is null without one, `runner` is the runner's. */
export function jobContexts(
  { id, run, group, leg }: Job,
  address: Address,
  variables: Readonly<Record<string, string>>,
): Record<string, Value> {
  const { source } = group.scope.tree;
  return {
    github: githubContext(run, address),
    inputs: group.scope.inputs,
    vars: variables,
    needs: needsContext(group),
    matrix: leg.matrix,
    strategy: leg.strategy,
    job: {
      check_run_id: id,
      workflow_ref: workflowRef(group.scope),
      workflow_sha: source.sha,
      workflow_repository: source.repository,
      workflow_file_path: source.file,
    },
    runner: null,
  };
}

/** `owner/name/path@ref` of the file that a scope's jobs stand in. */
export const workflowRef = ({ tree: { source } }: Scope): string =>
  `${source.repository}/${source.file}@${source.ref}`;

/** What the server evaluates a workflow with before any of its jobs is planned. */
export const scopeContexts = (
  scope: Scope,
  variables: Readonly<Record<string, string>>,
  address: Address,
) => ({ github: githubContext(scope.run, address), inputs: scope.inputs, vars: variables });

/** What the server evaluates a job with before it exists. */
export const planContexts = (
  group: JobGroup,
  variables: Readonly<Record<string, string>>,
  address: Address,
): PlanContexts => ({
  ...scopeContexts(group.scope, variables, address),
  needs: needsContext(group),
});

/** How the jobs before this one ended, the whole chain. */
export function statusOfNeeds({ definition, scope }: JobGroup): StatusOfNeeds {
  const results: Record<string, NeedResult> = {};
  const visit = (ids: readonly string[]): void => {
    for (const id of ids) {
      const need = scope.groups.get(id);
      if (need === undefined || Object.hasOwn(results, id)) continue;
      results[id] = need.result ?? 'skipped';
      visit(need.definition.needs);
    }
  };
  visit(definition.needs);
  return { results, cancelled: isCancelled(scope) };
}
