import { describe, expect, it } from 'vitest';
import type { Account } from './accounts.ts';
import { accountOf, idOfLogin } from './accounts.ts';
import type { Repository, RunnerGroup } from './model.ts';
import {
  defaultGroup,
  enterpriseScope,
  groupAllows,
  groupOfRunner,
  isGroupCalled,
  scopesOf,
} from './runner-groups.ts';
import { createStore } from './store.ts';

const clock = { now: () => 0, sleep: async () => undefined };
const one = createStore(clock).addRepository('octo', 'one');
const repository = (changes: Partial<Repository> = {}): Repository => ({ ...one, ...changes });
const WORKFLOW = 'octo/one/.github/workflows/ci.yml@refs/heads/main';
const group = (changes: Partial<RunnerGroup> = {}, scope = 'octo'): RunnerGroup => ({
  ...defaultGroup({ defaultGroups: new Map() }, scope),
  ...changes,
});
const enterprise = enterpriseScope('acme');

describe('who may use a runner group', () => {
  it.each<[string, RunnerGroup, Repository, boolean]>([
    ['a private one', group(), repository(), true],
    ['a public one', group(), repository({ private: false }), false],
    [
      'a public one where that is allowed',
      group({ allowsPublicRepositories: true }),
      repository({ private: false }),
      true,
    ],
    [
      'a public one though the group is for private ones',
      group({ visibility: 'private', allowsPublicRepositories: true }),
      repository({ private: false }),
      false,
    ],
    ['one that is not selected', group({ visibility: 'selected' }), repository(), false],
    [
      'a selected one',
      group({ visibility: 'selected', selectedRepositoryIds: new Set([one.id]) }),
      repository(),
      true,
    ],
    [
      'one of no selected organisation',
      group({ visibility: 'selected', selectedRepositoryIds: new Set([one.id]) }, enterprise),
      repository(),
      false,
    ],
    [
      'one of a selected organisation',
      group(
        { visibility: 'selected', selectedOrganizationIds: new Set([idOfLogin('octo')]) },
        enterprise,
      ),
      repository(),
      true,
    ],
  ])('%s', (_what, each, of, allowed) => {
    expect(groupAllows(each, of, WORKFLOW)).toBe(allowed);
  });

  it.each([
    [[], false],
    [[WORKFLOW], true],
    [['Octo/one/.github/workflows/ci.yml@main'], true],
    [['octo/one/.github/workflows/ci.yml@v1'], false],
    [['octo/one/.github/workflows/other.yml@main'], false],
  ])('for the workflows %j only', (selectedWorkflows, allowed) => {
    const restricted = group({ restrictedToWorkflows: true, selectedWorkflows });
    expect(groupAllows(restricted, repository(), WORKFLOW)).toBe(allowed);
  });
});

it.each([
  ['default', 'octo', true],
  ['org/Default', 'octo', true],
  ['ent/Default', 'octo', false],
  ['ent/default', enterprise, true],
  ['organization/default', enterprise, false],
  ['other', 'octo', false],
])('the name %s means the default group of %s: %s', (wanted, scope, isIt) => {
  expect(isGroupCalled(group({}, scope), wanted)).toBe(isIt);
});

it('looks for runners at the repository, its owner and the enterprise of the owner', () => {
  const accounts = new Map<string, Account>();
  expect(scopesOf({ accounts }, repository())).toEqual(['octo/one', 'octo']);
  accounts.set('octo', { ...accountOf(accounts, 'octo'), enterprise: 'acme' });
  expect(scopesOf({ accounts }, repository())).toEqual(['octo/one', 'octo', 'enterprises/acme']);
});

it('knows the group of a runner, and none for one of a repository', () => {
  const store = createStore(clock);
  const fast = group({ id: 9, name: 'fast', isDefault: false });
  store.runnerGroups.set(fast.id, fast);
  const of = (scope: string, groupId: number) => groupOfRunner(store, { scope, groupId });
  expect(of('octo', 9)).toBe(fast);
  expect(of('Octo', 1)?.isDefault).toBe(true);
  expect(of('hubot', 9)).toBeNull();
  expect(of('octo/one', 1)).toBeNull();
});
