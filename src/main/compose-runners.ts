import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { createRunnerProtocol } from '../adapters/github/runner-protocol.ts';
import { RUNNER_VERSION } from '../adapters/github/runner-version.ts';
import type { PoolName } from '../domain/ids.ts';
import { runJob } from '../executor/run-job.ts';
import type { GitHub } from '../ports/github.ts';
import type { Hosts } from '../services/fleet-hosts.ts';
import { createProxyRunners } from '../services/proxy-runner.ts';
import type { RunnerOutcome } from '../services/proxy-runner-types.ts';
import type { Reaper } from '../services/reaper.ts';
import { createRoomGate } from '../services/room-gate.ts';
import type { RunnerOrder } from '../services/runner-order.ts';
import { createTicketSealer } from '../services/ticket.ts';
import { composeFleet } from './compose-fleet.ts';
import type { GitHubAccess } from './compose-github.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './lifecycle.ts';
import { trustRules } from './schedule-policy.ts';
import { secretKey } from './secret-key.ts';

export interface Runners {
  readonly parts: readonly Part[];
  readonly github: GitHub;
  /** Starts a runner, unless no host takes its container: then throws `host-full` or `docker-down`. */
  start(order: RunnerOrder): Promise<void>;
  readonly reaper: Reaper;
  /** Whom to tell that a runner has ended; set once, before the parts start. */
  onCapacityFreed(listener: (pool: PoolName, outcome: RunnerOutcome) => void): void;
}

/** Runners and their containers: what talks to GitHub as a runner and to Docker. */
export function composeRunners(
  foundation: Foundation,
  { github }: Pick<GitHubAccess, 'github'>,
): Runners {
  const { config, storage, log, clock, events, hosts, instance } = foundation;
  const { ledger, runners } = storage.database;
  const protocol = createRunnerProtocol({
    ...{ clock, log },
    actionsFolder: path.join(config.dataDir, 'actions'),
  });
  const tickets = createTicketSealer(secretKey(config.secretKey, config.dataDir));
  const { fleet, reaper, parts } = composeFleet(foundation, { github, protocol, tickets });
  let capacityFreed: (pool: PoolName, outcome: RunnerOutcome) => void = () => {};
  const proxies = createProxyRunners(
    {
      ...{
        github,
        protocol,
        fleet,
        ledger,
        runners,
        events,
        tickets,
        runJob,
        clock,
        log,
        instance,
      },
      logs: foundation.logs,
      hosts: namesOf(hosts),
      machine: foundation.machine,
      runnerVersion: RUNNER_VERSION,
      newId: randomUUID,
      trust: trustRules(foundation.policy.router),
      capacityFreed: (pool, outcome) => capacityFreed(pool, outcome),
    },
    { runnerGroupId: config.github.runnerGroupId },
  );
  const gate = createRoomGate({
    fleet,
    hosts,
    roomCame: (pool) => capacityFreed(pool, { end: 'given-up' }),
  });
  const drainMs = config.shutdown.drainSeconds * 1000;
  return {
    github,
    reaper,
    async start(order) {
      // GitHub is not bothered with a registration that no container could follow.
      gate.pass(order.pool);
      await proxies.start(order);
    },
    onCapacityFreed: (listener) => {
      capacityFreed = listener;
    },
    parts: [
      ...parts,
      {
        name: 'runners',
        start: async () => {},
        stop: () => proxies.drain(drainMs),
        // Ended jobs still have their logs delivered and are completed at GitHub.
        stopWithinMs: drainMs + 150_000,
      },
    ],
  };
}

const namesOf = (hosts: Hosts): string =>
  hosts
    .all()
    .map(({ name }) => name)
    .join(', ');
