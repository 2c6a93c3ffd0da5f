import { type Account, accountOf } from './accounts.ts';
import { fullName, type Repository, type Runner, type RunnerGroup } from './model.ts';

/** Every scope has a group of this id, which cannot be removed (protocol A.1). */
export const DEFAULT_GROUP_ID = 1;

/** Stands for GitHub's own runners; nobody may put runners there. */
export const HOSTED_GROUP_ID = 2;

const ENTERPRISE_PREFIX = 'enterprises/';

export const enterpriseScope = (slug: string): string => `${ENTERPRISE_PREFIX}${slug}`;

type ScopeKind = 'repository' | 'organization' | 'enterprise';

export const scopeKind = (scope: string): ScopeKind => {
  if (scope.toLowerCase().startsWith(ENTERPRISE_PREFIX)) return 'enterprise';
  return scope.includes('/') ? 'repository' : 'organization';
};

interface Groups {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly runnerGroups: ReadonlyMap<number, RunnerGroup>;
  /** The default groups, which all have the same id, by scope in lower case. */
  readonly defaultGroups: Map<string, RunnerGroup>;
}

/** The default group of an organisation or enterprise; it is there as soon as somebody asks. */
export function defaultGroup({ defaultGroups }: Pick<Groups, 'defaultGroups'>, scope: string) {
  const key = scope.toLowerCase();
  const known = defaultGroups.get(key);
  if (known !== undefined) return known;
  const group: RunnerGroup = {
    id: DEFAULT_GROUP_ID,
    scope,
    name: 'Default',
    visibility: 'all',
    selectedRepositoryIds: new Set(),
    selectedOrganizationIds: new Set(),
    allowsPublicRepositories: false,
    restrictedToWorkflows: false,
    selectedWorkflows: [],
    isDefault: true,
    createdAt: 0,
  };
  defaultGroups.set(key, group);
  return group;
}

/** The groups of an organisation or enterprise itself, the default one first. */
export const groupsOf = (state: Groups, scope: string): readonly RunnerGroup[] => [
  defaultGroup(state, scope),
  ...[...state.runnerGroups.values()].filter(
    (group) => group.scope.toLowerCase() === scope.toLowerCase(),
  ),
];

/** The group of a runner; null for a runner of a repository, which serves that one alone. */
export function groupOfRunner(
  state: Groups,
  { scope, groupId }: Pick<Runner, 'scope' | 'groupId'>,
): RunnerGroup | null {
  if (scopeKind(scope) === 'repository') return null;
  return groupsOf(state, scope).find((group) => group.id === groupId) ?? null;
}

/** The groups, but for the default one, that an enterprise shares with an organisation of its own. */
export function groupsSharedWith(state: Groups, login: string): readonly RunnerGroup[] {
  const { enterprise, id } = accountOf(state.accounts, login);
  if (enterprise === null) return [];
  return groupsOf(state, enterpriseScope(enterprise)).filter(
    (group) =>
      !group.isDefault && (group.visibility === 'all' || group.selectedOrganizationIds.has(id)),
  );
}

/** Where runners for a repository may be registered, nearest first (protocol I.4). */
export function scopesOf({ accounts }: Pick<Groups, 'accounts'>, repository: Repository) {
  const { enterprise } = accountOf(accounts, repository.owner);
  const scopes = [fullName(repository), repository.owner];
  return enterprise === null ? scopes : [...scopes, enterpriseScope(enterprise)];
}

/**
 * Whether a job of `repository` may see the runners of a group (protocol I.4). `workflow` is the
 * job's workflow as `owner/name/path@ref`, which `selected_workflows` lists with a full or short ref.
 */
export function groupAllows(group: RunnerGroup, repository: Repository, workflow: string): boolean {
  if (!repository.private && !group.allowsPublicRepositories) return false;
  if (!seesRepository(group, repository)) return false;
  return !group.restrictedToWorkflows || lists(group.selectedWorkflows, workflow);
}

function seesRepository(group: RunnerGroup, repository: Repository): boolean {
  if (group.visibility === 'private') return repository.private;
  if (group.visibility === 'all') return true;
  return scopeKind(group.scope) === 'enterprise'
    ? group.selectedOrganizationIds.has(repository.ownerId)
    : group.selectedRepositoryIds.has(repository.id);
}

function lists(selected: readonly string[], workflow: string): boolean {
  const [path = '', ref = ''] = workflow.split('@', 2);
  const short = ref.replace(/^refs\/(?:heads|tags)\//, '');
  const forms = [ref, short].map((each) => `${path}@${each}`.toLowerCase());
  return selected.some((each) => forms.includes(each.toLowerCase()));
}

/**
 * Whether `runs-on.group` means this group: by name without regard to case, after `org/` or `ent/`
 * only where the group belongs to such a scope.
 */
export function isGroupCalled(group: RunnerGroup, wanted: string): boolean {
  const [, prefix, name = wanted] =
    /^(?:(org|organization|ent|enterprise)\/)?(.+)$/i.exec(wanted) ?? [];
  const kind = prefix?.toLowerCase().startsWith('ent') === true ? 'enterprise' : 'organization';
  return (
    group.name.toLowerCase() === name.toLowerCase() &&
    (prefix === undefined || scopeKind(group.scope) === kind)
  );
}
