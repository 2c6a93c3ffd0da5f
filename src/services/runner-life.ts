import { isAppError, messageOf } from '../domain/errors.ts';
import type { WaitingReason } from '../domain/waiting-reason.ts';
import { isoNow } from '../ports/clock.ts';
import type { JitRunner } from '../ports/github.ts';
import { reasonOfFailure } from './failure-reason.ts';
import type { ClaimedContainer } from './fleet-types.ts';
import type {
  EquippedRunner,
  RunnerContext,
  RunnerEnd,
  RunnerOutcome,
} from './proxy-runner-types.ts';
import { awaitJob } from './runner-idle.ts';
import { runAcquiredJob } from './runner-job.ts';

/** One runner from the decision to its end. Never throws; nothing of it is left afterwards. */
export async function liveRunner(context: RunnerContext): Promise<RunnerOutcome> {
  const { deps, log, runner } = context;
  let outcome: RunnerOutcome;
  try {
    const equipped = await equip(context);
    const end = await serve(equipped).finally(() => deps.fleet.release(equipped.claimed.container));
    outcome = { end };
  } catch (error) {
    outcome = { end: 'failed', reason: await reportFailure(context, error) };
  }
  await deps.runners.update(runner.id, { state: 'gone' }).catch((error: unknown) => {
    log.warn('end of a runner not saved', { detail: messageOf(error) });
  });
  log.info('runner gone', { end: outcome.end });
  return outcome;
}

/** Registration and container in parallel; if one fails, the other is undone. */
async function equip(context: RunnerContext): Promise<EquippedRunner> {
  const { deps, order, runner, numbers, stop } = context;
  const { scope, labels } = order;
  const { runnerGroupId = numbers.runnerGroupId } = order;
  const claiming = deps.fleet.claim(order.pool).then((claimed) => ({
    claimed,
    containerReadyAt: isoNow(deps.clock),
  }));
  const registering = deps.github.createJitRunner(
    { scope, name: runner.name, labels, runnerGroupId },
    stop.drain,
  );
  const [claim, jit] = await Promise.allSettled([claiming, registering]);
  if (claim.status === 'fulfilled' && jit.status === 'fulfilled') {
    return { ...context, ...claim.value, jit: jit.value };
  }
  if (jit.status === 'fulfilled') await forget(context, jit.value);
  if (claim.status === 'fulfilled') await release(context, claim.value.claimed);
  throw claim.status === 'rejected' ? claim.reason : (jit as PromiseRejectedResult).reason;
}

/** From the session to its end. Where no job came, the registration is removed. */
async function serve(runner: EquippedRunner): Promise<Exclude<RunnerEnd, 'failed'>> {
  const { deps, claimed, jit, stop, log } = runner;
  const { id } = runner.runner;
  let registered = true;
  try {
    const { githubId } = jit;
    const { container } = claimed;
    await deps.runners.update(id, { githubId, container, host: claimed.at });
    const owner = `${deps.machine} (${deps.instance})`;
    const session = await deps.protocol.openSession(jit.encodedJitConfig, owner, stop.drain);
    try {
      const onlineAt = isoNow(deps.clock);
      await deps.runners.update(id, { state: 'idle' });
      log.info('runner online', { github: githubId });
      const online = { ...runner, session, onlineAt };
      const job = await awaitJob(online);
      // Given up: removed already. With a job: GitHub forgets a just-in-time runner by itself.
      registered = false;
      if (job === null) return 'given-up';
      await runAcquiredJob(online, job);
      return 'job-done';
    } finally {
      await session.close();
    }
  } finally {
    if (registered) await forget(runner, jit);
  }
}

async function forget({ deps, order, log }: RunnerContext, jit: JitRunner): Promise<void> {
  try {
    await deps.github.removeRunner(order.scope, jit.githubId);
  } catch (error) {
    log.warn('runner not removed at github', { detail: messageOf(error) });
  }
}

const release = ({ deps }: RunnerContext, claimed: ClaimedContainer): Promise<void> =>
  deps.fleet.release(claimed.container);

/** Answers why the pool now rests; null while the hub stops, which is no fault of the pool. */
async function reportFailure(
  context: RunnerContext,
  error: unknown,
): Promise<WaitingReason | null> {
  const { deps, order, log, stop } = context;
  if (stop.drain.aborted) return null;
  const code = isAppError(error) ? error.code : 'internal';
  const detail = messageOf(error);
  log.warn('runner failed', { code, detail });
  const { pool } = order;
  const place = { pool, host: deps.hosts, max: maximumOf(deps, pool) };
  const reason = reasonOfFailure(error, place) ?? { code: 'container-failed', pool, detail };
  if (order.wantedBy === null) return reason;
  await deps.ledger.setWaiting(order.wantedBy, reason).catch((cause: unknown) => {
    log.warn('waiting reason not saved', { detail: messageOf(cause) });
  });
  deps.events.publish({ kind: 'job', job: order.wantedBy });
  return reason;
}

const maximumOf = ({ fleet }: RunnerContext['deps'], pool: string): number =>
  fleet.status().find(({ name }) => name === pool)?.max ?? 0;
