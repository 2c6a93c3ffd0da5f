import type {
  ContainerId,
  HostName,
  InstanceId,
  JobId,
  PoolName,
  RunnerId,
} from '../domain/ids.ts';

/**
 * `starting` decided, not yet online · `idle` session open, no job · `busy` has acquired a job ·
 * `gone` ended. Only `starting` and `idle` runners count as capacity for queued jobs.
 */
export type RunnerState = 'starting' | 'idle' | 'busy' | 'gone';

export interface RunnerRecord {
  readonly id: RunnerId;
  /** The name at GitHub; unique in its scope. */
  readonly name: string;
  /** GitHub's runner id; null until the JIT answer arrived. */
  readonly githubId: number | null;
  /** `owner/name` of the repository, or `owner` of the organisation, that it is registered for. */
  readonly scope: string;
  readonly labels: readonly string[];
  readonly pool: PoolName;
  readonly host: HostName | null;
  /** The one that it was given last; still named when both are gone. */
  readonly container: ContainerId | null;
  readonly state: RunnerState;
  readonly job: JobId | null;
  /** The job that it was started for; GitHub may have given it another one. */
  readonly wantedBy: JobId | null;
  /** The hub process that drives it; only that one may change it while its lease holds. */
  readonly instance: InstanceId;
  readonly createdAt: string;
  /**
   * What completes the acquired job at the run service if this process dies: sealed JSON of
   * {@link CompletionTicket}. Null before acquire and after completejob.
   */
  readonly ticket: string | null;
}

/** Enough to complete an acquired job after a restart (protocol C.3: never leave one acquired). */
export interface CompletionTicket {
  readonly runServiceUrl: string;
  readonly jobToken: string;
  readonly planId: string;
  readonly jobId: string;
  readonly billingOwnerId: string | null;
}

export type RunnerChange = Partial<
  Pick<RunnerRecord, 'githubId' | 'host' | 'container' | 'state' | 'job' | 'ticket'>
>;

/** Runners that this installation registered, in PostgreSQL; same guarantees as the ledger. */
export interface RunnerStore {
  add(runner: RunnerRecord): Promise<void>;
  update(id: RunnerId, change: RunnerChange): Promise<void>;
  /** Every runner that is not `gone`, oldest first. */
  live(): Promise<readonly RunnerRecord[]>;
  get(id: RunnerId): Promise<RunnerRecord | null>;
  /** Those of the names that are runners of ours, also ended ones. */
  named(names: readonly string[]): Promise<readonly RunnerRecord[]>;
  /** Whether any runner, ended ones included, has ever had this container. */
  hasHeld(container: ContainerId): Promise<boolean>;
}

/**
 * Leases of hub processes. An instance renews its own every few seconds; one that has lapsed is
 * dead, and what it owned is taken over by whoever takes the lease row away (at most one).
 */
export interface InstanceLeases {
  renew(instance: InstanceId, ttlMs: number): Promise<void>;
  release(instance: InstanceId): Promise<void>;
  /** Removes lapsed leases and answers whose they were; each is answered to one caller only. */
  takeLapsed(): Promise<readonly InstanceId[]>;
  /** Instances whose lease holds. */
  alive(): Promise<readonly InstanceId[]>;
}
