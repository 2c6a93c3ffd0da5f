import { nextRun, nextTime, parseCron } from '../../actions/cron.ts';
import type { Address, StandinClock } from '../dependencies.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitRepositories } from '../git/repositories.ts';
import type { Background } from '../state/background.ts';
import type { Repository } from '../state/model.ts';
import type { ScheduledWorkflow } from '../state/settings-model.ts';
import type { Store } from '../state/store.ts';
import type { Timers } from '../state/timers.ts';
import type { RunAtDefaultBranch } from './default-branch.ts';
import { ACTOR, otherPayload } from './payloads.ts';
import type { ReadWorkflows } from './read-workflows.ts';
import { offsetAt } from './time-zone.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly timers: Timers;
  readonly background: Background;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly readWorkflows: ReadWorkflows;
  readonly runAtDefaultBranch: RunAtDefaultBranch;
}

export type Schedules = ReturnType<typeof createSchedules>;

/** Runs workflows by the clock: those that the default branch has, at the times that it says. */
export function createSchedules(deps: Deps) {
  const { store, clock, timers, background } = deps;
  timers.on('schedule', (id) => {
    const repository = [...store.repositories.values()].find((each) => each.id === id);
    if (repository !== undefined) {
      background.run('schedule', () => runDue(deps, repository, () => arm(repository)));
    }
  });

  function arm(repository: Repository): void {
    const next = Math.min(...repository.schedules.map(({ nextAt }) => nextAt));
    if (Number.isFinite(next)) timers.set('schedule', repository.id, next - clock.now());
    else timers.clear('schedule', repository.id);
  }

  return {
    /** Reads the schedules of the default branch anew; lines that were there keep their next time. */
    async refresh(repository: Repository): Promise<void> {
      const { schedules: known } = repository;
      const lines = await readLines(deps, repository);
      repository.schedules = lines.flatMap((line) => {
        const same = known.find((each) => isSame(each, line));
        const nextAt = same?.nextAt ?? firstTime(line, clock.now());
        return nextAt === null ? [] : [{ ...line, nextAt }];
      });
      arm(repository);
    },
  };
}

type Line = Omit<ScheduledWorkflow, 'nextAt'>;

const isSame = (one: Line, other: Line): boolean =>
  one.file === other.file && one.cron === other.cron && one.timezone === other.timezone;

async function readLines(deps: Deps, repository: Repository): Promise<readonly Line[]> {
  const { repositories, history, readWorkflows } = deps;
  const path = repositories.pathOf(repository.owner, repository.name);
  const ref = `refs/heads/${repository.defaultBranch}`;
  const sha = await history.resolve(path, ref);
  if (sha === null) return [];
  const found = await readWorkflows({
    ...{ repository, sha, ref, file: null, withBroken: false },
    isMeant: ({ schedules }) => schedules.length > 0,
  });
  return found.flatMap(({ file, tree }) =>
    (tree?.workflow.schedules ?? []).map((schedule) => ({ file, ...schedule })),
  );
}

function firstTime({ cron, timezone }: Line, now: number): number | null {
  const parsed = parseCron(cron);
  return parsed === null ? null : nextTime(parsed, now, offsetAt(timezone));
}

/** Starts what is due, once each, however late it is; what was missed besides is not made up for. */
async function runDue(deps: Deps, repository: Repository, arm: () => void): Promise<void> {
  const now = deps.clock.now();
  const due = repository.schedules.filter(({ nextAt }) => nextAt <= now);
  repository.schedules = repository.schedules.flatMap((line) => {
    const cron = parseCron(line.cron);
    if (line.nextAt > now || cron === null) return [line];
    const nextAt = nextRun(cron, now, offsetAt(line.timezone));
    return nextAt === null ? [] : [{ ...line, nextAt }];
  });
  arm();
  for (const { file, cron } of due) {
    const payload = otherPayload(repository, { schedule: cron }, deps.address);
    await deps.runAtDefaultBranch(repository, {
      ...{ event: 'schedule', action: null, payload, actor: ACTOR, file, schedule: cron },
    });
  }
}
