import type { StandinClock, StandinLog } from '../dependencies.ts';
import { isOnline } from '../present/runners.ts';
import type { Job, Runner } from '../state/model.ts';
import { wake } from '../state/open-polls.ts';
import type { Store } from '../state/store.ts';
import type { JobTimers } from './job-timers.ts';
import { chooseRunner, routeOf } from './routing.ts';

/** A runner that does not take an offered job in this time loses it (protocol I.4). */
const OFFER_MS = 60_000;

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
    const runner = job.offeredTo === null ? undefined : store.runners.get(job.offeredTo);
    withdraw(job);
    // Who let a job lie gets no other, nor the same again, before it shows that it listens.
    if (runner?.session) runner.session.status = null;
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
    const idle = idleRunners(store, clock);
    const hopeless = new Set<string>();
    for (const job of waiting) {
      if (idle.size === 0) return;
      const route = routeOf(job);
      const runner = hopeless.has(route) ? undefined : chooseRunner(store, job, idle);
      if (runner === undefined) {
        hopeless.add(route);
        continue;
      }
      take(idle, runner);
      offer(job, runner);
    }
  }

  return { offerJobs, withdraw };
}

function idleRunners(store: Store, clock: StandinClock): Map<string, Runner[]> {
  const idle = new Map<string, Runner[]>();
  for (const runner of store.runners.values()) {
    if (!isIdle(runner, clock)) continue;
    const scope = runner.scope.toLowerCase();
    const those = idle.get(scope);
    if (those === undefined) idle.set(scope, [runner]);
    else those.push(runner);
  }
  return idle;
}

function take(idle: Map<string, Runner[]>, runner: Runner): void {
  const scope = runner.scope.toLowerCase();
  const others = (idle.get(scope) ?? []).filter((each) => each !== runner);
  if (others.length === 0) idle.delete(scope);
  else idle.set(scope, others);
}

const isIdle = (runner: Runner, clock: StandinClock): boolean =>
  runner.jobId === null &&
  runner.offer === null &&
  runner.session?.status === 'Online' &&
  isOnline(runner, clock);
