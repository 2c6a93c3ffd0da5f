import type { Repository } from './model.ts';

/** A pull request; its refs are `refs/pull/N/head` and, where it can be merged, `refs/pull/N/merge`. */
export interface PullRequest {
  readonly id: number;
  readonly number: number;
  /** The repository that it goes to. */
  readonly repository: Repository;
  /** Where it comes from: another repository for a fork. */
  readonly headRepository: Repository;
  readonly headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  title: string;
  body: string | null;
  draft: boolean;
  /** Login of who opened it. */
  readonly author: string;
  state: 'open' | 'closed';
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  mergedAt: number | null;
  mergedBy: string | null;
  /** The commit of the test merge while it is open, of the merge itself afterwards; null on conflict. */
  mergeSha: string | null;
}

export const isFromFork = ({ repository, headRepository }: PullRequest): boolean =>
  repository !== headRepository;

/** Pull requests to a repository, oldest first. */
export const pullsOf = (
  { pulls }: { readonly pulls: ReadonlyMap<number, PullRequest> },
  repository: Repository,
): readonly PullRequest[] => [...pulls.values()].filter((pull) => pull.repository === repository);
