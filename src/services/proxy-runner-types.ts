import type { InstanceId, PoolName } from '../domain/ids.ts';
import type { WaitingReason } from '../domain/waiting-reason.ts';
import type { Clock } from '../ports/clock.ts';
import type { GitHub, JitRunner } from '../ports/github.ts';
import type { RunJob } from '../ports/job-executor.ts';
import type { JobLedger } from '../ports/job-ledger.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { RunnerProtocol, RunnerSession } from '../ports/runner-protocol.ts';
import type { RunnerRecord, RunnerStore } from '../ports/runner-store.ts';
import type { Fleet } from './fleet.ts';
import type { ClaimedContainer } from './fleet-types.ts';
import type { RunnerOrder } from './runner-order.ts';
import type { TrustRules } from './runner-trust.ts';
import type { TicketSealer } from './ticket.ts';

/** What a runner does with the ledger: it books jobs, but what GitHub reports is not its business. */
export type RunnerLedger = Omit<
  JobLedger,
  'known' | 'missingDeliveries' | 'recordDelivery' | 'recordReport'
>;

/** How a runner ended: it ran a job, nobody needed it, or it could not be made or kept. */
export type RunnerEnd = 'job-done' | 'given-up' | 'failed';

/** The end, and for `failed` why; no reason while the hub stops. */
export type RunnerOutcome =
  | { readonly end: Exclude<RunnerEnd, 'failed'> }
  | { readonly end: 'failed'; readonly reason: WaitingReason | null };

export interface ProxyRunnerDeps {
  readonly github: Pick<GitHub, 'createJitRunner' | 'removeRunner'>;
  readonly protocol: Pick<RunnerProtocol, 'openSession'>;
  readonly fleet: Pick<Fleet, 'claim' | 'markBusy' | 'release' | 'status'>;
  readonly ledger: RunnerLedger;
  readonly runners: Pick<RunnerStore, 'add' | 'update'>;
  readonly logs: Pick<LogStore, 'append'>;
  readonly events: LiveEvents;
  readonly tickets: Pick<TicketSealer, 'seal'>;
  /** Where jobs of forks may run. */
  readonly trust: TrustRules;
  readonly runJob: RunJob;
  readonly clock: Clock;
  readonly log: Log;
  readonly instance: InstanceId;
  /** Names of the Docker hosts, for people. */
  readonly hosts: string;
  /** Name of this machine, for "Set up job" and the session's owner. */
  readonly machine: string;
  /** The runner version that the protocol adapter announces. */
  readonly runnerVersion: string;
  /** A fresh guid. */
  readonly newId: () => string;
  /** A runner has ended and its place in the pool is free. After `failed` do not retry at once. */
  readonly capacityFreed: (pool: PoolName, outcome: RunnerOutcome) => void;
}

export interface ProxyRunnerNumbers {
  /** Runner group of new runners; 1 is the default group. */
  readonly runnerGroupId: number;
  readonly renewEveryMs: number;
  /** A runner without a job is given up after this. */
  readonly idleLimitMs: number;
  /** How often an idle runner asks whether it is still needed. */
  readonly idleCheckMs: number;
  /** Most time for delivering logs after the last step. */
  readonly drainReportingMs: number;
}

export const PROXY_RUNNER_DEFAULTS: ProxyRunnerNumbers = {
  runnerGroupId: 1,
  renewEveryMs: 60_000,
  idleLimitMs: 5 * 60_000,
  idleCheckMs: 15_000,
  drainReportingMs: 120_000,
};

/** `drain`: take no more jobs. `shutdown`: end running jobs, too. Drain always comes first. */
export interface StopSignals {
  readonly drain: AbortSignal;
  readonly shutdown: AbortSignal;
}

/** What every part of one runner's life shares. */
export interface RunnerContext {
  readonly deps: ProxyRunnerDeps;
  readonly numbers: ProxyRunnerNumbers;
  readonly order: RunnerOrder;
  readonly runner: RunnerRecord;
  readonly stop: StopSignals;
  readonly log: Log;
}

/** A runner with its registration and its container. */
export interface EquippedRunner extends RunnerContext {
  readonly jit: JitRunner;
  readonly claimed: ClaimedContainer;
  readonly containerReadyAt: string;
}

/** A runner that GitHub can give jobs to. */
export interface OnlineRunner extends EquippedRunner {
  readonly session: RunnerSession;
  readonly onlineAt: string;
}
