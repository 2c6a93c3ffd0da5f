import type { Address, StandinClock } from '../dependencies.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitMerges } from '../git/merges.ts';
import type { GitRepositories } from '../git/repositories.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Background } from '../state/background.ts';
import type { Store } from '../state/store.ts';
import type { Timers } from '../state/timers.ts';
import type { Webhooks } from '../webhooks/announce.ts';
import { createRunAtDefaultBranch } from './default-branch.ts';
import { createFork } from './forks.ts';
import { createPullEvent } from './pull-events.ts';
import { createPulls } from './pulls.ts';
import { createPushed, type Pushed } from './pushed.ts';
import { createReadWorkflows } from './read-workflows.ts';
import { createRefEvents } from './ref-events.ts';
import { createRequested } from './requested.ts';
import { createRunEvents } from './run-events.ts';
import { createSchedules } from './schedules.ts';
import { createStartRuns } from './start-runs.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly timers: Timers;
  readonly background: Background;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly merges: GitMerges;
  readonly webhooks: Webhooks;
  readonly scheduler: Scheduler;
}

export type Events = ReturnType<typeof createEvents>;

/** Everything that starts runs: pushes, pull requests, the clock, other runs, and whoever asks. */
export function createEvents(deps: Deps) {
  const { store, clock, repositories, history, merges } = deps;
  const readWorkflows = createReadWorkflows(deps);
  const startRuns = createStartRuns({ ...deps, readWorkflows });
  const runAtDefaultBranch = createRunAtDefaultBranch({ ...deps, startRuns });
  const git = { repositories, history, merges };
  const tell = createPullEvent({ ...deps, git, startRuns });
  const later: Pushed = (...push) => pushed(...push);
  const pulls = createPulls({ store, clock, git, tell, pushed: later });
  const schedules = createSchedules({ ...deps, readWorkflows, runAtDefaultBranch });
  const pushed = createPushed({
    ...deps,
    startRuns,
    refEvents: createRefEvents({ ...deps, startRuns, runAtDefaultBranch }),
    onMoved: async (repository, update, sender) => {
      await pulls.onPush(repository, update, sender);
      if (update.ref === `refs/heads/${repository.defaultBranch}`) {
        await schedules.refresh(repository);
      }
    },
  });
  return {
    pushed,
    fork: createFork(deps),
    pulls,
    schedules,
    requested: createRequested({ ...deps, startRuns }),
    runEvents: createRunEvents({ ...deps, runAtDefaultBranch }),
  };
}
