import type { Address } from '../dependencies.ts';
import type { GitMerges } from '../git/merges.ts';
import type { GitRepositories } from '../git/repositories.ts';
import { githubError } from '../http/refusal.ts';
import { repositoryJson } from '../present/identity.ts';
import type { Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Webhooks } from '../webhooks/announce.ts';
import { otherPayload } from './payloads.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly repositories: GitRepositories;
  readonly merges: GitMerges;
  readonly webhooks: Webhooks;
}

export type Fork = (repository: Repository, owner: string, name?: string) => Promise<Repository>;

/** Copies a repository for somebody else, who may then ask it to take changes back. */
export const createFork =
  ({ store, address, repositories, merges, webhooks }: Deps): Fork =>
  async (repository, owner, name = repository.name) => {
    const known = store.repository(owner, name);
    if (known?.parent === repository) return known;
    if (known !== undefined) throw githubError(422, 'A repository of this name exists already');
    const { pathOf } = repositories;
    await merges.copy(pathOf(repository.owner, repository.name), pathOf(owner, name));
    const fork = store.addRepository(owner, name, repository);
    fork.private = repository.private;
    fork.defaultBranch = repository.defaultBranch;
    const forkee = repositoryJson(fork, address.url());
    const payload = otherPayload(repository, { forkee }, address, owner);
    webhooks.event(repository, 'fork', null, payload);
    return fork;
  };
