import { AppError, isAppError, messageOf } from '../domain/errors.ts';
import type { WaitingReason } from '../domain/waiting-reason.ts';
import { isoNow } from '../ports/clock.ts';
import type { JitRunner } from '../ports/github.ts';
import type { ClaimedContainer } from './fleet-types.ts';
import type { EquippedRunner, RunnerContext, RunnerEnd } from './proxy-runner-types.ts';
import { awaitJob } from './runner-idle.ts';
import { runAcquiredJob } from './runner-job.ts';

/** One runner from the decision to its end. Never throws; nothing of it is left afterwards. */
export async function liveRunner(context: RunnerContext): Promise<RunnerEnd> {
  const { deps, log, runner } = context;
  let end: RunnerEnd;
  try {
    const equipped = await equip(context);
    end = await serve(equipped).finally(() => deps.fleet.release(equipped.claimed.container));
  } catch (error) {
    end = 'failed';
    await reportFailure(context, error);
  }
  await deps.runners
    .update(runner.id, { state: 'gone', container: null })
    .catch((error: unknown) => {
      log.warn('end of a runner not saved', { detail: messageOf(error) });
    });
  log.info('runner gone', { end });
  return end;
}

/** Registration and container in parallel; if one fails, the other is undone. */
async function equip(context: RunnerContext): Promise<EquippedRunner> {
  const { deps, order, runner, numbers, stop } = context;
  const { scope, labels } = order;
  const { runnerGroupId } = numbers;
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
async function serve(runner: EquippedRunner): Promise<RunnerEnd> {
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

async function reportFailure(context: RunnerContext, error: unknown): Promise<void> {
  const { deps, order, log, stop } = context;
  if (stop.drain.aborted) return;
  const code = isAppError(error) ? error.code : 'internal';
  log.warn('runner failed', { code, detail: messageOf(error) });
  if (order.wantedBy === null) return;
  const failure = isAppError(error) ? error : new AppError('internal', messageOf(error));
  await deps.ledger
    .setWaiting(order.wantedBy, waitingReason(context, failure))
    .catch((cause: unknown) => {
      log.warn('waiting reason not saved', { detail: messageOf(cause) });
    });
  deps.events.publish({ kind: 'job', job: order.wantedBy });
}

/** What the failure of a runner means for the job that waits for it. */
function waitingReason({ deps, order }: RunnerContext, error: AppError): WaitingReason {
  const { pool } = order;
  const detail = error.message;
  switch (error.code) {
    case 'docker-down':
      return { code: 'host-down', host: deps.hosts, detail };
    case 'host-full':
      return { code: 'host-full', pool, detail };
    case 'conflict':
      return { code: 'pool-full', pool, max: maximumOf(deps, pool) };
    case 'image-missing':
    case 'docker-failed':
    case 'container-lost':
      return { code: 'container-failed', pool, detail };
    default:
      return { code: 'github-refused', detail };
  }
}

const maximumOf = ({ fleet }: RunnerContext['deps'], pool: string): number =>
  fleet.status().find(({ name }) => name === pool)?.max ?? 0;
