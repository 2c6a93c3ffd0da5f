import { randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { createFileLogStore } from '../adapters/files/log-store.ts';
import { createMemoryLiveEvents } from '../adapters/memory/live-events.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../contract/config.ts';
import type { PoolConfig } from '../contract/pool-config.ts';
import { instanceId } from '../domain/ids.ts';
import type { Log } from '../ports/log.ts';
import { createHosts } from '../services/fleet-hosts.ts';
import { composeDispatch } from './compose-dispatch.ts';
import { hostSetups } from './compose-engine.ts';
import { composeEntrance } from './compose-entrance.ts';
import { openGitHub } from './compose-github.ts';
import { composeGitHubSync } from './compose-github-sync.ts';
import { composeRunners } from './compose-runners.ts';
import { openStorage, type Storage } from './compose-storage.ts';
import type { Foundation } from './foundation.ts';
import type { Hub } from './hub.ts';
import { Lifecycle } from './lifecycle.ts';
import { schedulePolicyOf } from './schedule-policy.ts';

export interface HubOptions {
  readonly log: Log;
  readonly pools: readonly PoolConfig[];
  /** GitHub is a stand-in of this very process, which remembers nothing. */
  readonly isGitHubNew?: boolean;
}

/**
 * Builds the house from the bottom up and starts it: storage, then runners and their containers, the
 * entrance, and last what takes work. Stops in reverse. The caller holds the lock of the data folder.
 */
export async function startHub(config: Config, options: HubOptions): Promise<Hub> {
  const storage = await openStorage(config, { dataDir: config.dataDir, log: options.log });
  try {
    return await startOn(storage, config, options);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function startOn(storage: Storage, config: Config, options: HubOptions): Promise<Hub> {
  const { log, pools } = options;
  const broken = new AbortController();
  const installation = await storage.database.settings.installationId();
  const foundation: Foundation = {
    config,
    pools,
    policy: schedulePolicyOf(config, pools, process.arch),
    log,
    storage,
    clock: systemClock,
    events: createMemoryLiveEvents(),
    hosts: createHosts({ clock: systemClock, log, installation }, hostSetups(config, log)),
    logs: createFileLogStore(path.join(config.dataDir, 'logs')),
    installation,
    instance: instanceId(randomUUID()),
    machine: os.hostname(),
    // On an embedded database the lock of the data folder makes this the only hub.
    isSole: config.database.url === undefined,
    isGitHubNew: options.isGitHubNew === true,
    onBroken: () => broken.abort(),
  };
  const access = openGitHub(config, systemClock);
  const runners = composeRunners(foundation, access);
  const dispatch = composeDispatch(foundation, runners);
  const entrance = composeEntrance(foundation, dispatch);
  const sync = composeGitHubSync(foundation, access);
  const life = new Lifecycle(
    [dispatch.lease, ...runners.parts, entrance.part, ...dispatch.parts, sync],
    log,
  );
  await life.start();
  const { instance } = foundation;
  log.info('hub started', { installation, instance, url: entrance.url() });
  return {
    ledger: storage.database.ledger,
    logs: foundation.logs,
    url: entrance.url(),
    broken: broken.signal,
    stop: async () => {
      await life.stop();
      await storage.close();
    },
  };
}
