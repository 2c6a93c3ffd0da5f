import type { Address } from '../dependencies.ts';
import type { Commit } from '../git/history.ts';
import { NO_COMMIT } from '../git/repositories.ts';
import type { RefUpdate } from '../git/smart-http.ts';
import { refName } from '../scheduler/contexts.ts';
import type { Repository } from '../state/model.ts';
import type { Webhooks } from '../webhooks/announce.ts';
import { titleOf } from './commits.ts';
import type { RunAtDefaultBranch } from './default-branch.ts';
import { otherPayload } from './payloads.ts';
import type { StartRuns } from './start-runs.ts';

interface Deps {
  readonly address: Address;
  readonly webhooks: Webhooks;
  readonly startRuns: StartRuns;
  readonly runAtDefaultBranch: RunAtDefaultBranch;
}

interface RefEvent {
  readonly repository: Repository;
  readonly update: RefUpdate;
  readonly sender: string;
  /** Null for a ref that is gone. */
  readonly newest: Commit | undefined;
  readonly runs: boolean;
}

/** The events `create` and `delete` of branches and tags: their webhooks, and runs where wanted. */
export function createRefEvents({ address, webhooks, startRuns, runAtDefaultBranch }: Deps) {
  return async ({ repository, update, sender, newest, runs }: RefEvent): Promise<void> => {
    const isNew = update.before === NO_COMMIT;
    if (!isNew && update.after !== NO_COMMIT) return;
    if (!/^refs\/(?:heads|tags)\//.test(update.ref)) return;
    const event = isNew ? 'create' : 'delete';
    const members = {
      ref: refName(update.ref),
      ref_type: update.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
      ...(isNew ? { master_branch: repository.defaultBranch, description: null } : {}),
      pusher_type: 'user',
    };
    const payload = otherPayload(repository, members, address, sender);
    webhooks.event(repository, event, null, payload);
    if (!runs) return;
    if (newest === undefined) {
      await runAtDefaultBranch(repository, { event, action: null, payload, actor: sender });
      return;
    }
    await startRuns({
      ...{ repository, headRepository: repository, sha: newest.sha, headSha: newest.sha },
      occurrence: { event, action: null, ref: update.ref, baseRef: null, changedFiles: [] },
      ...{ headRef: refName(update.ref), payload, title: titleOf(newest), actor: sender },
      ...{ inputs: {}, file: null, jobs: null, chain: 0, needsApproval: false },
    });
  };
}

export type RefEvents = ReturnType<typeof createRefEvents>;
