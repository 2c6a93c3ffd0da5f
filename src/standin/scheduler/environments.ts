import { matchesPatterns } from '../../actions/workflow-filter.ts';
import type { Environment } from '../state/environments.ts';
import type { Repository } from '../state/model.ts';
import type { Gate } from '../state/run-parts.ts';
import type { Store } from '../state/store.ts';

/** The environment of this name; a job that names an unknown one makes it, without rules. */
export function environmentNamed(
  store: Pick<Store, 'nextSmallId'>,
  { environments }: Repository,
  name: string,
  now: number,
): Environment {
  const known = environments.get(name.toLowerCase());
  if (known !== undefined) return known;
  const made: Environment = {
    id: store.nextSmallId(),
    name,
    createdAt: now,
    updatedAt: now,
    reviewers: [],
    preventSelfReview: false,
    waitTimer: 0,
    canAdminsBypass: true,
    branchPolicy: null,
    secrets: new Map(),
    variables: new Map(),
  };
  environments.set(name.toLowerCase(), made);
  return made;
}

/** Whether the rules of an environment let a branch or tag deploy (deployment branch policies). */
export function mayDeploy(
  { branchPolicy }: Environment,
  { protectedBranches }: Pick<Repository, 'protectedBranches'>,
  ref: string,
): boolean {
  if (branchPolicy === null) return true;
  const isTag = ref.startsWith('refs/tags/');
  const name = ref.replace(/^refs\/(?:heads\/|tags\/|(?=pull\/))/, '');
  if (branchPolicy.kind === 'protected') {
    return protectedBranches.length === 0 || (!isTag && protectedBranches.includes(name));
  }
  return branchPolicy.policies
    .filter((policy) => (policy.type === 'tag') === isTag)
    .some((policy) => matchesPatterns(name, [policy.name]));
}

/** What a job waits for before it may deploy; null where nothing holds it. */
export function gateOf({ name, reviewers, waitTimer }: Environment, now: number): Gate | null {
  if (reviewers.length === 0 && waitTimer === 0) return null;
  return {
    environment: name,
    needsApproval: reviewers.length > 0,
    waitsUntil: waitTimer === 0 ? null : now + waitTimer * 60_000,
  };
}
