import type { RunnerGroup } from '../state/model.ts';
import { scopeKind } from '../state/runner-groups.ts';

/** A runner group as one of its scopes sees it; an organisation also sees those of its enterprise. */
export function runnerGroupJson(group: RunnerGroup, scope: string, url: string) {
  const isEnterprise = scopeKind(scope) === 'enterprise';
  const root = isEnterprise ? scope : `orgs/${scope}`;
  const self = `${url}/api/v3/${root}/actions/runner-groups/${group.id}`;
  const selected = isEnterprise ? 'organizations' : 'repositories';
  const isInherited = group.scope.toLowerCase() !== scope.toLowerCase();
  return {
    id: group.id,
    name: group.name,
    visibility: group.visibility,
    default: group.isDefault,
    ...(group.visibility === 'selected'
      ? { [`selected_${selected}_url`]: `${self}/${selected}` }
      : {}),
    runners_url: `${self}/runners`,
    ...(isEnterprise ? {} : { inherited: isInherited }),
    ...(isInherited
      ? { inherited_allows_public_repositories: group.allowsPublicRepositories }
      : {}),
    allows_public_repositories: group.allowsPublicRepositories,
    restricted_to_workflows: group.restrictedToWorkflows,
    selected_workflows: [...group.selectedWorkflows],
    workflow_restrictions_read_only: isInherited,
  };
}
