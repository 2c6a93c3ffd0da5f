import type { StandinClock, StandinLog } from '../dependencies.ts';
import { isOnline } from '../present/runners.ts';
import type { Job, Runner } from '../state/model.ts';
import { wake } from '../state/open-polls.ts';
import type { Store } from '../state/store.ts';
import { createIdleRunners } from './idle-runners.ts';
import type { JobTimers } from './job-timers.ts';
import { chooseRunner, type IdleRunners } from './routing.ts';

/** A runner that does not take an offered job in this time loses it (protocol I.4). */
const OFFER_MS = 60_000;

export type Offers = ReturnType<typeof createOffers>;

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly timers: JobTimers;
  readonly log: StandinLog;
  /** Another of these runners than the one that comes first, where somebody wants that. */
  readonly otherRunner?: (job: Job, chosen: Runner, others: () => readonly Runner[]) => Runner;
}

/**
 * Brings queued jobs and idle runners together (protocol I.4). Jobs and runners are looked at by class,
 * and only classes that have changed: an event costs as much as there are kinds of jobs and runners,
 * not as there are jobs and runners.
 */
export function createOffers({ store, clock, timers, log, otherRunner }: Deps) {
  const { queue } = store;
  const idle = createIdleRunners((runner) => isIdle(store, runner, clock));

  timers.on('offer', (job) => {
    log.info('offer withdrawn', { job: job.id, runner: job.offeredTo });
    const runner = job.offeredTo === null ? undefined : store.runners.get(job.offeredTo);
    withdraw(job);
    // Who let a job lie gets no other, nor the same again, before it shows that it listens.
    if (runner?.session) runner.session.status = null;
    offerJobs();
  });

  function withdraw(job: Job): void {
    timers.clear('offer', job);
    if (job.offeredTo === null) return;
    const runner = store.runners.get(job.offeredTo);
    job.offeredTo = null;
    queue.giveBack(job);
    if (runner?.offer?.jobId !== job.id) return;
    runner.offer = null;
    idle.add(runner);
  }

  function offer(job: Job, chosen: Runner): void {
    const runner = otherRunner?.(job, chosen, () => idle.allLike(chosen)) ?? chosen;
    job.offeredTo = runner.id;
    job.lastOfferedTo = runner.id;
    runner.offer = { jobId: job.id, deliveredAt: null, acknowledged: false };
    queue.take(job);
    idle.remove(runner);
    store.runners.touch(runner.id);
    timers.set('offer', job, OFFER_MS);
    wake(runner);
  }

  /** Gives jobs that ask for the same to runners, as long as there are both. */
  function serveJobs(first: Job): void {
    for (let job: Job | undefined = first; job !== undefined; job = queue.nextLike(first)) {
      const runner = chooseRunner(store, job, byScope(idle.onePerClass(job.lastOfferedTo)));
      if (runner === undefined) return;
      offer(job, runner);
    }
  }

  /** Gives runners that can take the same jobs to do, the longest waiting first. */
  function serveRunners(first: Runner): void {
    for (let runner: Runner | undefined = first; runner; runner = idle.nextLike(first)) {
      const alone = byScope([runner]);
      const fitting = queue.heads().filter((job) => chooseRunner(store, job, alone));
      const [job] = fitting.sort((one, other) => (one.queuedAt ?? 0) - (other.queuedAt ?? 0));
      if (job === undefined) return;
      const others = byScope(idle.onePerClass(job.lastOfferedTo));
      offer(job, chooseRunner(store, job, others) ?? runner);
    }
  }

  function offerJobs(): void {
    for (const job of queue.takeChanged()) serveJobs(job);
    for (const runner of idle.takeChanged()) serveRunners(runner);
  }

  return {
    offerJobs,
    withdraw,
    /** Notes that a runner may be idle now; `offerJobs` looks for something to do for it. */
    ready: (runner: Runner): void => idle.add(runner),
    /** A runner that is removed. */
    forget: (runner: Runner): void => idle.remove(runner),
  };
}

const isIdle = (store: Store, runner: Runner, clock: StandinClock): boolean =>
  runner.jobId === null &&
  runner.offer === null &&
  runner.session?.status === 'Online' &&
  isOnline(runner, clock) &&
  store.runners.look(runner.id) === runner;

function byScope(runners: readonly Runner[]): IdleRunners {
  const scopes = new Map<string, Runner[]>();
  for (const runner of runners) {
    const scope = runner.scope.toLowerCase();
    scopes.set(scope, [...(scopes.get(scope) ?? []), runner]);
  }
  return scopes;
}
