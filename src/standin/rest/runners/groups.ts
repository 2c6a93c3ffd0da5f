import { z } from 'zod';
import { githubError } from '../../http/refusal.ts';
import { bodyOf, query } from '../../http/request.ts';
import { runnerGroupJson } from '../../present/runner-groups.ts';
import type { RunnerGroup } from '../../state/model.ts';
import { DEFAULT_GROUP_ID, groupsOf, scopeKind } from '../../state/runner-groups.ts';
import { sameScope, scopeOf } from '../lookup.ts';
import {
  type Answer,
  type Call,
  created,
  listed,
  noContent,
  type Operation,
  ok,
} from '../operation.ts';
import { scoped } from '../scoped.ts';
import { READ, WRITE } from './access.ts';
import { moveRunners } from './group-members.ts';
import { groupOf, ownGroup, runnersAt, visibleGroups } from './lookup.ts';

const ids = z.array(z.number().int());
const settings = {
  visibility: z.enum(['selected', 'all', 'private']).optional(),
  allows_public_repositories: z.boolean().optional(),
  restricted_to_workflows: z.boolean().optional(),
  selected_workflows: z.array(z.string()).optional(),
};
const updateBody = z.looseObject({ name: z.string().min(1).optional(), ...settings });
const createBody = z.looseObject({
  name: z.string().min(1),
  ...settings,
  selected_repository_ids: ids.default([]),
  selected_organization_ids: ids.default([]),
  runners: ids.default([]),
});

const PATH = '/actions/runner-groups';
const ONE = `${PATH}/{runner_group_id}`;

/** Runner groups of organisations and enterprises. */
export const GROUP_OPERATIONS: readonly Operation[] = [
  ...scoped(
    {
      org: 'actions/list-self-hosted-runner-groups-for-org',
      enterprise: 'enterprise-admin/list-self-hosted-runner-groups-for-enterprise',
    },
    READ,
    { method: 'GET', path: PATH, answer: list },
  ),
  ...scoped(
    {
      org: 'actions/create-self-hosted-runner-group-for-org',
      enterprise: 'enterprise-admin/create-self-hosted-runner-group-for-enterprise',
    },
    WRITE,
    { method: 'POST', path: PATH, answer: create },
  ),
  ...scoped(
    {
      org: 'actions/get-self-hosted-runner-group-for-org',
      enterprise: 'enterprise-admin/get-self-hosted-runner-group-for-enterprise',
    },
    READ,
    { method: 'GET', path: ONE, answer: (call) => ok(shown(call, groupOf(call))) },
  ),
  ...scoped(
    {
      org: 'actions/update-self-hosted-runner-group-for-org',
      enterprise: 'enterprise-admin/update-self-hosted-runner-group-for-enterprise',
    },
    WRITE,
    { method: 'PATCH', path: ONE, answer: update },
  ),
  ...scoped(
    {
      org: 'actions/delete-self-hosted-runner-group-from-org',
      enterprise: 'enterprise-admin/delete-self-hosted-runner-group-from-enterprise',
    },
    WRITE,
    { method: 'DELETE', path: ONE, answer: remove },
  ),
];

const shown = (call: Call, group: RunnerGroup) => runnerGroupJson(group, scopeOf(call), call.url);

function list(call: Call): Answer {
  const wanted = query(call.request, 'visible_to_repository')?.toLowerCase();
  const { repositories } = call.world.store;
  const scope = scopeOf(call);
  const repository = [...repositories.values()].find(
    ({ owner, name }) => sameScope(owner, scope) && name.toLowerCase() === wanted,
  );
  const groups = visibleGroups(call, scope).filter(
    (group) =>
      wanted === undefined ||
      group.visibility !== 'selected' ||
      (repository !== undefined && group.selectedRepositoryIds.has(repository.id)),
  );
  return listed(call, 'runner_groups', groups, (group) => shown(call, group));
}

function create(call: Call): Answer {
  const { store, clock } = call.world;
  const scope = scopeOf(call);
  const body = bodyOf(call.request, createBody);
  refuseTakenName(call, scope, body.name);
  const group: RunnerGroup = {
    id: store.nextSmallId(),
    scope,
    name: body.name,
    visibility: visibilityFor(scope, body.visibility) ?? 'all',
    selectedRepositoryIds: new Set(body.selected_repository_ids),
    selectedOrganizationIds: new Set(body.selected_organization_ids),
    allowsPublicRepositories: body.allows_public_repositories ?? false,
    restrictedToWorkflows: body.restricted_to_workflows ?? false,
    selectedWorkflows: body.selected_workflows ?? [],
    isDefault: false,
    createdAt: clock.now(),
  };
  store.runnerGroups.set(group.id, group);
  moveRunners(call, body.runners, group);
  return created(shown(call, group));
}

function update(call: Call): Answer {
  const group = ownGroup(call);
  const body = bodyOf(call.request, updateBody);
  if (body.name !== undefined && body.name !== group.name) {
    if (group.isDefault) throw githubError(422, 'The default group cannot be renamed');
    refuseTakenName(call, group.scope, body.name);
    group.name = body.name;
  }
  group.visibility = visibilityFor(group.scope, body.visibility) ?? group.visibility;
  group.allowsPublicRepositories =
    body.allows_public_repositories ?? group.allowsPublicRepositories;
  group.restrictedToWorkflows = body.restricted_to_workflows ?? group.restrictedToWorkflows;
  group.selectedWorkflows = body.selected_workflows ?? group.selectedWorkflows;
  call.world.offers.offerJobs();
  return ok(shown(call, group));
}

/** Its runners go to the default group. */
function remove(call: Call): Answer {
  const { store } = call.world;
  const group = ownGroup(call);
  if (group.isDefault) throw githubError(422, 'The default group cannot be removed');
  for (const runner of runnersAt(call, group.scope)) {
    if (runner.groupId !== group.id) continue;
    store.runners.touch(runner.id);
    runner.groupId = DEFAULT_GROUP_ID;
  }
  store.runnerGroups.delete(group.id);
  call.world.offers.offerJobs();
  return noContent();
}

/** `private` means repositories; an enterprise has organisations to choose from. */
function visibilityFor(scope: string, wanted: RunnerGroup['visibility'] | undefined) {
  if (wanted === 'private' && scopeKind(scope) === 'enterprise') {
    throw githubError(422, 'Visibility of an enterprise runner group is "all" or "selected"');
  }
  return wanted;
}

function refuseTakenName({ world: { store } }: Call, scope: string, name: string): void {
  const isTaken = groupsOf(store, scope).some(
    (group) => group.name.toLowerCase() === name.toLowerCase(),
  );
  if (isTaken) throw githubError(409, `Runner group with name '${name}' already exists.`);
}
