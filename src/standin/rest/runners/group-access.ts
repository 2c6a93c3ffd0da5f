import { z } from 'zod';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { organizationJson, repositoryJson } from '../../present/identity.ts';
import { accountOf } from '../../state/accounts.ts';
import type { Repository, RunnerGroup } from '../../state/model.ts';
import { numberOf, sameScope, scopeOf } from '../lookup.ts';
import { type Answer, type Call, listed, noContent, type Operation } from '../operation.ts';
import { READ, WRITE } from './access.ts';
import { groupOf, ownGroup } from './lookup.ts';

const ORG = '/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories';
const ENTERPRISE =
  '/enterprises/{enterprise}/actions/runner-groups/{runner_group_id}/organizations';
const repositoriesBody = z.looseObject({ selected_repository_ids: z.array(z.number().int()) });
const organizationsBody = z.looseObject({ selected_organization_ids: z.array(z.number().int()) });

/** Which repositories, or organisations of an enterprise, a group of visibility `selected` serves. */
export const GROUP_ACCESS_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/list-repo-access-to-self-hosted-runner-group-in-org',
    method: 'GET',
    path: ORG,
    access: READ.org,
    answer: listRepositories,
  },
  {
    id: 'actions/set-repo-access-to-self-hosted-runner-group-in-org',
    method: 'PUT',
    path: ORG,
    access: WRITE.org,
    answer: (call) => {
      const wanted = bodyOf(call.request, repositoriesBody).selected_repository_ids;
      return select(call, selectable(call).selectedRepositoryIds, wanted);
    },
  },
  {
    id: 'actions/add-repo-access-to-self-hosted-runner-group-in-org',
    method: 'PUT',
    path: `${ORG}/{repository_id}`,
    access: WRITE.org,
    answer: (call) => {
      const id = numberOf(call, 'repository_id');
      if (!repositoriesOf(call).some((repository) => repository.id === id)) throw notFound();
      const { selectedRepositoryIds: set } = selectable(call);
      return select(call, set, [...set, id]);
    },
  },
  {
    id: 'actions/remove-repo-access-to-self-hosted-runner-group-in-org',
    method: 'DELETE',
    path: `${ORG}/{repository_id}`,
    access: WRITE.org,
    answer: (call) => without(call, selectable(call).selectedRepositoryIds, 'repository_id'),
  },
  {
    id: 'enterprise-admin/list-org-access-to-self-hosted-runner-group-in-enterprise',
    method: 'GET',
    path: ENTERPRISE,
    access: READ.enterprise,
    answer: listOrganizations,
  },
  {
    id: 'enterprise-admin/set-org-access-to-self-hosted-runner-group-in-enterprise',
    method: 'PUT',
    path: ENTERPRISE,
    access: WRITE.enterprise,
    answer: (call) => {
      const wanted = bodyOf(call.request, organizationsBody).selected_organization_ids;
      return select(call, selectable(call).selectedOrganizationIds, wanted);
    },
  },
  {
    id: 'enterprise-admin/add-org-access-to-self-hosted-runner-group-in-enterprise',
    method: 'PUT',
    path: `${ENTERPRISE}/{org_id}`,
    access: WRITE.enterprise,
    answer: (call) => {
      const { selectedOrganizationIds: set } = selectable(call);
      return select(call, set, [...set, numberOf(call, 'org_id')]);
    },
  },
  {
    id: 'enterprise-admin/remove-org-access-to-self-hosted-runner-group-in-enterprise',
    method: 'DELETE',
    path: `${ENTERPRISE}/{org_id}`,
    access: WRITE.enterprise,
    answer: (call) => without(call, selectable(call).selectedOrganizationIds, 'org_id'),
  },
];

const repositoriesOf = (call: Call): readonly Repository[] =>
  [...call.world.store.repositories.values()].filter(({ owner }) =>
    sameScope(owner, scopeOf(call)),
  );

/** The group, if there is something to select. */
function selectable(call: Call): RunnerGroup {
  const group = ownGroup(call);
  if (group.visibility === 'selected') return group;
  throw githubError(409, `The visibility of the runner group is "${group.visibility}"`);
}

function select(call: Call, set: Set<number>, ids: readonly number[]): Answer {
  const wanted = [...ids];
  set.clear();
  for (const id of wanted) set.add(id);
  call.world.offers.offerJobs();
  return noContent();
}

const without = (call: Call, set: Set<number>, name: string): Answer =>
  select(
    call,
    set,
    [...set].filter((id) => id !== numberOf(call, name)),
  );

function listRepositories(call: Call): Answer {
  const { selectedRepositoryIds } = groupOf(call);
  const chosen = repositoriesOf(call).filter(({ id }) => selectedRepositoryIds.has(id));
  return listed(call, 'repositories', chosen, (each) => repositoryJson(each, call.url));
}

function listOrganizations(call: Call): Answer {
  const { selectedOrganizationIds } = groupOf(call);
  const { repositories, accounts } = call.world.store;
  const owners = [...repositories.values()].map(({ owner }) => accountOf(accounts, owner));
  const known = new Map([...accounts.values(), ...owners].map((each) => [each.id, each.login]));
  const chosen = [...known].filter(([id]) => selectedOrganizationIds.has(id));
  return listed(call, 'organizations', chosen, ([, login]) => organizationJson(login, call.url));
}
