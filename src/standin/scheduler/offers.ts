import { labelsCover } from '../../domain/labels.ts';
import type { StandinClock, StandinLog } from '../dependencies.ts';
import { isOnline } from '../present/runners.ts';
import { fullName, type Job, type Runner } from '../state/model.ts';
import { wake } from '../state/open-polls.ts';
import type { Store } from '../state/store.ts';
import type { JobTimers } from './job-timers.ts';

/** A runner that does not take an offered job in this time loses it (protocol C.1). */
const OFFER_MS = 120_000;

export type Offers = ReturnType<typeof createOffers>;

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly timers: JobTimers;
  readonly log: StandinLog;
}

/** Brings queued jobs and idle runners together (protocol I.4). */
export function createOffers({ store, clock, timers, log }: Deps) {
  timers.on('offer', (job) => {
    log.info('offer withdrawn', { job: job.id, runner: job.offeredTo });
    withdraw(job);
    offerJobs();
  });

  function withdraw(job: Job): void {
    timers.clear('offer', job);
    const runner = job.offeredTo === null ? undefined : store.runners.get(job.offeredTo);
    job.offeredTo = null;
    if (runner?.offer?.jobId === job.id) runner.offer = null;
  }

  function offer(job: Job, runner: Runner): void {
    job.offeredTo = runner.id;
    job.lastOfferedTo = runner.id;
    runner.offer = { jobId: job.id, deliveredAt: null, acknowledged: false };
    timers.set('offer', job, OFFER_MS);
    wake(runner);
  }

  function offerJobs(): void {
    const waiting = [...store.queue].filter((job) => job.offeredTo === null);
    if (waiting.length === 0) return;
    const idle = new Set([...store.runners.values()].filter((runner) => isIdle(runner, clock)));
    for (const job of waiting) {
      if (idle.size === 0) return;
      const runner = chooseRunner(job, [...idle]);
      if (runner === undefined) continue;
      idle.delete(runner);
      offer(job, runner);
    }
  }

  return { offerJobs, withdraw };
}

const isIdle = (runner: Runner, clock: StandinClock): boolean =>
  runner.jobId === null &&
  runner.offer === null &&
  runner.session?.status === 'Online' &&
  isOnline(runner, clock);

/** Runners of the repository first, then those of its owner; one that let the job lie comes last. */
function chooseRunner(job: Job, idle: readonly Runner[]): Runner | undefined {
  const repository = fullName(job.run.repository).toLowerCase();
  const owner = job.run.repository.owner.toLowerCase();
  const fitting = idle.filter((runner) => covers(runner, job));
  const fresh = fitting.filter((runner) => runner.id !== job.lastOfferedTo);
  const inOrder = [...fresh, ...fitting];
  return (
    inOrder.find((runner) => runner.scope.toLowerCase() === repository) ??
    inOrder.find((runner) => runner.scope.toLowerCase() === owner)
  );
}

const DEFAULT_GROUP = 'default';

/** Runners of a scale set take what is assigned to the set, whatever its labels; nobody else does. */
const covers = (runner: Runner, job: Job): boolean =>
  runner.scaleSetId === null && job.scaleSetId === null
    ? labelsCover(runner.labels, job.leg.labels) &&
      (job.leg.group === null || job.leg.group.toLowerCase() === DEFAULT_GROUP)
    : runner.scaleSetId === job.scaleSetId;
