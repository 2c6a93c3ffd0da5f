import { AppError } from '../domain/errors.ts';
import type { ContainerId } from '../domain/ids.ts';
import { createAdoption } from '../services/adoption.ts';
import { createFleet, type Fleet } from '../services/fleet.ts';
import { createReaper, type Reaper, type ReaperDeps } from '../services/reaper.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './lifecycle.ts';

export interface FleetFloor {
  readonly fleet: Fleet;
  readonly reaper: Reaper;
  /** In the order of their start: hosts, the reaper, which offers left-overs to the pools, the pools. */
  readonly parts: readonly Part[];
}

/** Containers: their hosts, the pools that keep them, and the reaper that removes left-overs. */
export function composeFleet(
  foundation: Foundation,
  ties: Pick<ReaperDeps, 'github' | 'protocol' | 'tickets'>,
): FleetFloor {
  const { config, storage, log, clock, events, hosts, installation, instance } = foundation;
  const { ledger, runners, leases, exclusion } = storage.database;
  const shared = { hosts, clock, log, installation, instance, events };
  const fleet = createFleet(shared, { pools: foundation.pools });
  const adopt = createAdoption({ fleet, runners, exclusion, log });
  const reaper = createReaper({
    ...{ ...shared, ...ties, runners, ledger, adopt, holds: fleet.has },
    ...(foundation.isGitHubNew ? forgetfulGitHub : {}),
    leases: foundation.isSole ? { ...leases, alive: async () => [] } : leases,
  });
  // What comes after a stand-in has another installation, and would not find them.
  const keepWarm = config.shutdown.keepWarm && !foundation.isGitHubNew;
  let kept: ReadonlySet<ContainerId> = new Set();
  return {
    fleet,
    reaper,
    parts: [
      { name: 'hosts', start: () => hosts.start(), stop: () => hosts.stop() },
      {
        name: 'reaper',
        start: async () => void (await reaper.run()),
        stop: () => reaper.leave(kept),
      },
      {
        name: 'fleet',
        start: async () => fleet.start(),
        stop: async () => {
          kept = await fleet.stop({ keepWarm });
        },
        stopWithinMs: 60_000,
      },
    ],
  };
}

/** A stand-in that has just been started knows nothing of what an earlier one gave to its runners. */
const forgetfulGitHub: Pick<ReaperDeps, 'github' | 'protocol'> = {
  github: { removeRunner: async () => 'absent' },
  protocol: {
    completeOrphan: async () => {
      throw new AppError('job-gone', 'the stand-in that offered this job has ended');
    },
  },
};
