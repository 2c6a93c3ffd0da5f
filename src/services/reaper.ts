import { isAppError, messageOf } from '../domain/errors.ts';
import type { ContainerId, HostName, InstallationId, InstanceId } from '../domain/ids.ts';
import { type Clock, isoNow } from '../ports/clock.ts';
import type { ContainerEngine, OwnedContainer } from '../ports/container-engine.ts';
import type { GitHub } from '../ports/github.ts';
import type { JobLedger } from '../ports/job-ledger.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { RunnerProtocol } from '../ports/runner-protocol.ts';
import type { InstanceLeases, RunnerRecord, RunnerStore } from '../ports/runner-store.ts';
import type { Adopt } from './adoption.ts';
import { buildOrphanCompletion } from './job-completion.ts';
import type { TicketSealer } from './ticket.ts';

/** A Docker host, as far as the reaper needs it. */
export interface ReapedHost {
  readonly name: HostName;
  readonly engine: Pick<ContainerEngine, 'owned' | 'destroy' | 'sweep'>;
}

export interface ReaperDeps {
  /** Every Docker host. */
  readonly hosts: { all(): readonly ReapedHost[] };
  readonly runners: Pick<RunnerStore, 'live' | 'update'>;
  readonly leases: Pick<InstanceLeases, 'alive' | 'takeLapsed'>;
  readonly ledger: Pick<JobLedger, 'apply'>;
  readonly github: Pick<GitHub, 'removeRunner'>;
  readonly protocol: Pick<RunnerProtocol, 'completeOrphan'>;
  readonly tickets: Pick<TicketSealer, 'open'>;
  /** Whether the pools of this process know the container. */
  readonly holds: (container: ContainerId) => boolean;
  /** Takes a warm container over instead of having it destroyed. */
  readonly adopt: Adopt;
  readonly events: Pick<LiveEvents, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly installation: InstallationId;
  readonly instance: InstanceId;
}

export interface ReapSummary {
  /** Runners of dead hub processes that were ended. */
  readonly runners: number;
  /** Acquired jobs of theirs that were completed as failed at GitHub. */
  readonly jobsCompleted: number;
  readonly containers: number;
  /** Networks and volumes without a container. */
  readonly swept: number;
  /** What could not be done now; the next run tries it again. */
  readonly problems: readonly string[];
}

export interface Reaper {
  /**
   * Ends what dead hub processes left behind: their jobs, runners, containers and networks. Never
   * touches what belongs to a living process, so it may run at any time. Never throws.
   */
  run(): Promise<ReapSummary>;
  /**
   * For the stop of this instance, after its fleet: removes what it could not remove while the engine
   * was away, but not the warm containers that are left for the next start. Never throws.
   */
  leave(kept?: ReadonlySet<ContainerId>): Promise<void>;
}

const WHY = 'The RunnerHub process that ran this job ended unexpectedly.';

interface Tally {
  runners: number;
  jobsCompleted: number;
  containers: number;
  swept: number;
  problems: string[];
}

const emptyTally = (): Tally => ({
  runners: 0,
  jobsCompleted: 0,
  containers: 0,
  swept: 0,
  problems: [],
});

export function createReaper(deps: ReaperDeps): Reaper {
  return {
    async leave(kept = new Set()) {
      const tally = emptyTally();
      await attempt(tally, 'asking for living instances', async () => {
        const others = (await deps.leases.alive()).filter((each) => each !== deps.instance);
        const adopt: Adopt = async (_host, { id }) => kept.has(id);
        await reapContainers({ ...deps, adopt }, others, tally);
      });
      if (tally.problems.length > 0) deps.log.warn('could not tidy up', { ...tally });
    },
    async run() {
      const tally = emptyTally();
      const living = await attempt(tally, 'asking for living instances', () => livingOf(deps));
      if (living !== null) {
        await Promise.all([reapRunners(deps, living, tally), reapContainers(deps, living, tally)]);
      }
      const level = tally.problems.length > 0 ? 'warn' : 'info';
      deps.log[level]('left-overs of dead instances removed', { ...tally });
      return tally;
    },
  };
}

async function attempt<T>(tally: Tally, what: string, call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    tally.problems.push(`${what}: ${messageOf(error)}`);
    return null;
  }
}

/** Lapsed leases are taken away first, so that of several instances one reaps. */
async function livingOf({ leases, instance }: ReaperDeps): Promise<readonly InstanceId[]> {
  await leases.takeLapsed();
  return [...new Set([...(await leases.alive()), instance])];
}

async function reapRunners(
  deps: ReaperDeps,
  living: readonly InstanceId[],
  tally: Tally,
): Promise<void> {
  const runners = await attempt(tally, 'listing runners', () => deps.runners.live());
  for (const runner of runners ?? []) {
    if (living.includes(runner.instance)) continue;
    const reaped = await attempt(tally, `ending runner ${runner.name}`, () =>
      reapRunner(deps, runner, tally),
    );
    if (reaped !== null) tally.runners += 1;
  }
}

/** Job first, registration second, record last: what fails is found again by the next run. */
async function reapRunner(deps: ReaperDeps, runner: RunnerRecord, tally: Tally): Promise<void> {
  const completed = await completeOrphan(deps, runner);
  if (completed) tally.jobsCompleted += 1;
  if (runner.githubId !== null) await deps.github.removeRunner(runner.scope, runner.githubId);
  if (runner.job !== null) await closeJob(deps, runner, completed);
  await deps.runners.update(runner.id, { state: 'gone', ticket: null });
  deps.log.info('runner of a dead instance ended', { runner: runner.id, job: runner.job });
}

/** Whether there was an acquired job, which is now completed at GitHub or gone from there. */
async function completeOrphan(deps: ReaperDeps, runner: RunnerRecord): Promise<boolean> {
  if (runner.ticket === null) return false;
  const ticket = deps.tickets.open(runner.ticket);
  if (ticket === null) {
    deps.log.error('completion ticket cannot be opened', { runner: runner.id });
    return false;
  }
  const { runServiceUrl, jobToken } = ticket;
  try {
    await deps.protocol.completeOrphan(runServiceUrl, jobToken, buildOrphanCompletion(ticket, WHY));
  } catch (error) {
    // Gone, or the job's token has expired: GitHub has ended the job or will. Trying again is vain.
    if (!isAppError(error, 'job-gone') && !isAppError(error, 'github-refused')) throw error;
  }
  return true;
}

/**
 * An acquired job cannot be acquired again, so it has failed; GitHub was told. One that was booked
 * without a ticket may still be given to another runner.
 */
async function closeJob(deps: ReaperDeps, runner: RunnerRecord, completed: boolean): Promise<void> {
  if (runner.job === null) return;
  const changes = { failureDetail: WHY, completedAt: isoNow(deps.clock) };
  await (completed
    ? deps.ledger.apply(
        runner.job,
        { kind: 'completed', conclusion: 'failure', failure: 'infrastructure' },
        changes,
      )
    : deps.ledger.apply(runner.job, { kind: 'owner-lost' }));
  deps.events.publish({ kind: 'job', job: runner.job });
}

/** Host by host: one that does not answer keeps its left-overs until it does. */
async function reapContainers(
  deps: ReaperDeps,
  living: readonly InstanceId[],
  tally: Tally,
): Promise<void> {
  await Promise.all(
    deps.hosts
      .all()
      .map((host) =>
        attempt(tally, `removing containers on host ${host.name}`, () =>
          reapHost(deps, host, living, tally),
        ),
      ),
  );
}

async function reapHost(
  deps: ReaperDeps,
  host: ReapedHost,
  living: readonly InstanceId[],
  tally: Tally,
): Promise<void> {
  const { installation, adopt } = deps;
  const { name, engine } = host;
  const owned = await engine.owned(installation);
  const orphans = owned.filter((container) => !living.includes(container.instance));
  await Promise.all(
    orphans.map(async (orphan) => {
      const { id } = orphan;
      const kept = await attempt(tally, `adopting container ${id.slice(0, 12)}`, () =>
        adopt(name, orphan),
      );
      if (kept) return;
      const done = await attempt(tally, `removing container ${id.slice(0, 12)}`, async () => {
        await engine.destroy(id);
        return true;
      });
      if (done) tally.containers += 1;
    }),
  );
  await reapStrays(deps, host, owned, tally);
  tally.swept += await engine.sweep(installation, living);
}

/** No creation takes this long: the engine made it, and its answer never came. */
const STRAY_AFTER_MS = 5 * 60_000;

/** Containers of this very process that no pool knows: made while the connection to the host broke. */
async function reapStrays(
  { clock, holds, instance }: ReaperDeps,
  { engine }: ReapedHost,
  owned: readonly OwnedContainer[],
  tally: Tally,
): Promise<void> {
  const strays = owned.filter(
    (container) =>
      container.instance === instance &&
      !holds(container.id) &&
      clock.now() - Date.parse(container.createdAt) > STRAY_AFTER_MS,
  );
  for (const { id } of strays) {
    const done = await attempt(tally, `removing container ${id.slice(0, 12)}`, async () => {
      await engine.destroy(id);
      return true;
    });
    if (done) tally.containers += 1;
  }
}
