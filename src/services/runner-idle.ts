import { messageOf } from '../domain/errors.ts';
import { labelsCover } from '../domain/labels.ts';
import type { JobRecord } from '../ports/job-ledger.ts';
import type { AcquiredJob } from '../ports/runner-protocol.ts';
import type { OnlineRunner } from './proxy-runner-types.ts';

/** Why an idle runner goes. */
type Reason = 'container-lost' | 'draining' | 'not-needed' | 'idle-limit';

const QUEUED_LOOKED_AT = 200;

/**
 * Waits for a job and acquires it. Null when the runner was given up before one came: then GitHub
 * has already forgotten it. Throws what the session throws.
 */
export async function awaitJob(runner: OnlineRunner): Promise<AcquiredJob | null> {
  const givenUp = new AbortController();
  const watch = watchIdle(runner, () => givenUp.abort());
  try {
    for (;;) {
      const message = await runner.session.next('Online', givenUp.signal);
      if (message.kind !== 'job') continue;
      // Not abortable: an answer that is lost here would be a job acquired and never completed.
      const job = await runner.session.acquire(message.request, new AbortController().signal);
      if (job !== null) return job;
      runner.log.info('job went elsewhere before it was acquired');
    }
  } catch (error) {
    if (givenUp.signal.aborted) return null;
    throw error;
  } finally {
    watch.stop();
  }
}

/**
 * Asks from time to time, and when something happened, whether the runner is still needed. The
 * order of giving up: DELETE at GitHub; `busy` means that a job is on its way, so the runner stays;
 * only after `removed` the poll ends, and then the container may go.
 */
function watchIdle(runner: OnlineRunner, onGivenUp: () => void): { stop(): void } {
  const done = new AbortController();

  const run = async (): Promise<void> => {
    let wait = waitForNews(runner, done.signal);
    while (!done.signal.aborted) {
      await wait;
      if (done.signal.aborted) return;
      const reason = await reasonToGo(runner);
      if (reason !== null && (await giveUp(runner, reason))) {
        onGivenUp();
        return;
      }
      // What made us ask may still be so; then only time helps.
      wait =
        reason === null
          ? waitForNews(runner, done.signal)
          : runner.deps.clock.sleep(runner.numbers.idleCheckMs, done.signal);
    }
  };
  // A DELETE under way may take long; the job that came meanwhile does not wait for it.
  void run();
  return { stop: () => done.abort() };
}

/** Resolves after the check interval, or when the container, the wanted job or the hub changed. */
async function waitForNews(runner: OnlineRunner, done: AbortSignal): Promise<void> {
  const wake = new AbortController();
  const onNews = (): void => wake.abort();
  const signals = [done, runner.claimed.lost, runner.stop.drain];
  using _events = runner.deps.events.subscribe((event) => {
    if (event.kind === 'job' && event.job === runner.order.wantedBy) onNews();
  });
  for (const signal of signals) {
    if (signal.aborted) onNews();
    signal.addEventListener('abort', onNews, { once: true });
  }
  await runner.deps.clock.sleep(runner.numbers.idleCheckMs, wake.signal);
  for (const signal of signals) signal.removeEventListener('abort', onNews);
}

async function reasonToGo(runner: OnlineRunner): Promise<Reason | null> {
  const { deps, numbers, claimed, stop } = runner;
  if (stop.drain.aborted) return 'draining';
  if (claimed.lost.aborted) return 'container-lost';
  if (deps.clock.now() - Date.parse(runner.onlineAt) > numbers.idleLimitMs) return 'idle-limit';
  try {
    return (await isNeeded(runner)) ? null : 'not-needed';
  } catch (error) {
    runner.log.debug('idle runner could not ask the ledger', { detail: messageOf(error) });
    return null;
  }
}

async function isNeeded({ deps, order }: OnlineRunner): Promise<boolean> {
  if (order.wantedBy === null) return true;
  const wanted = await deps.ledger.get(order.wantedBy);
  if (wanted?.state === 'queued') return true;
  const queued = await deps.ledger.list({ states: ['queued'], limit: QUEUED_LOOKED_AT });
  return queued.some((job) => fits(job, order));
}

const fits = (job: JobRecord, order: OnlineRunner['order']): boolean =>
  labelsCover(order.labels, job.labels) &&
  (job.repository === order.scope || job.repository.startsWith(`${order.scope}/`));

async function giveUp(runner: OnlineRunner, reason: Reason): Promise<boolean> {
  const { deps, order, jit, log, stop } = runner;
  try {
    const outcome = await deps.github.removeRunner(order.scope, jit.githubId);
    log.info('idle runner given up', { reason, outcome });
    return outcome !== 'busy';
  } catch (error) {
    log.warn('idle runner not removed at github', { reason, detail: messageOf(error) });
    // A stopping hub cannot wait for GitHub; an unused just-in-time runner expires by itself there.
    return stop.drain.aborted;
  }
}
