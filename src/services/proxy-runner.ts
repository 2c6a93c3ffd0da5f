import { AppError, messageOf } from '../domain/errors.ts';
import { type RunnerId, runnerId } from '../domain/ids.ts';
import { isoNow } from '../ports/clock.ts';
import type { RunnerRecord } from '../ports/runner-store.ts';
import { createBackgroundTasks } from './background-tasks.ts';
import {
  PROXY_RUNNER_DEFAULTS,
  type ProxyRunnerDeps,
  type ProxyRunnerNumbers,
} from './proxy-runner-types.ts';
import { liveRunner } from './runner-life.ts';
import type { RunnerOrder } from './runner-order.ts';

/**
 * Runners that this process drives (design 1.1): it registers them, holds their sessions and speaks
 * the runner protocol; only the steps of a job enter a container.
 */
export interface ProxyRunners {
  /**
   * Records a runner as `starting` and drives it in the background to its end. Throws `cancelled`
   * once the hub stops, and `database-down`.
   */
  start(order: RunnerOrder): Promise<RunnerId>;
  /** How many have not ended yet. */
  count(): number;
  /**
   * Takes no more jobs, removes idle runners, waits for running jobs. After `deadlineMs` these are
   * ended and completed as failed. Resolves when no runner is left.
   */
  drain(deadlineMs: number): Promise<void>;
  /** `drain` without waiting for running jobs. */
  stop(): Promise<void>;
}

/** Names at GitHub have at most 64 characters. */
const NAME_POOL_CHARS = 40;
const NAME_SUFFIX_CHARS = 12;

export function createProxyRunners(
  deps: ProxyRunnerDeps,
  numbers: Partial<ProxyRunnerNumbers> = {},
): ProxyRunners {
  const settings = { ...PROXY_RUNNER_DEFAULTS, ...numbers };
  const draining = new AbortController();
  const shutdown = new AbortController();
  const stop = { drain: draining.signal, shutdown: shutdown.signal };
  const tasks = createBackgroundTasks((error) => {
    deps.log.error('runner task failed', { detail: messageOf(error) });
  });

  const drain = async (deadlineMs: number): Promise<void> => {
    draining.abort();
    const settled = tasks.settled();
    const done = new AbortController();
    const late = deps.clock.sleep(deadlineMs, done.signal);
    await Promise.race([settled, late]);
    done.abort();
    if (tasks.count > 0) deps.log.warn('ending running jobs', { runners: tasks.count });
    shutdown.abort();
    await settled;
  };

  return {
    async start(order) {
      if (draining.signal.aborted) throw new AppError('cancelled', 'the hub is stopping');
      const runner = newRunner(deps, order);
      await deps.runners.add(runner);
      const { pool } = order;
      const log = deps.log.child({ runner: runner.id, pool });
      log.info('runner starting', { wantedBy: order.wantedBy, scope: order.scope });
      tasks.run(async () => {
        const context = { deps, numbers: settings, order, runner, stop, log };
        deps.capacityFreed(pool, await liveRunner(context));
      });
      return runner.id;
    },
    count: () => tasks.count,
    drain,
    stop: () => drain(0),
  };
}

function newRunner(deps: ProxyRunnerDeps, order: RunnerOrder): RunnerRecord {
  const suffix = deps.newId().replaceAll('-', '').slice(0, NAME_SUFFIX_CHARS);
  return {
    id: runnerId(suffix),
    name: `rh-${order.pool.slice(0, NAME_POOL_CHARS)}-${suffix}`,
    githubId: null,
    scope: order.scope,
    labels: order.labels,
    pool: order.pool,
    host: null,
    container: null,
    state: 'starting',
    job: null,
    wantedBy: order.wantedBy,
    instance: deps.instance,
    createdAt: isoNow(deps.clock),
    ticket: null,
  };
}
