import type { ContainerId, HostName, InstallationId, InstanceId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { StepHost } from '../ports/step-host.ts';
import type { Hosts } from './fleet-hosts.ts';

export interface FleetDeps {
  readonly hosts: Pick<Hosts, 'take' | 'takeAt' | 'giveBack' | 'refusals' | 'listen'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly installation: InstallationId;
  readonly instance: InstanceId;
  readonly events: Pick<LiveEvents, 'publish'>;
}

/** A container that belongs to one claim until it is released. */
export interface ClaimedContainer {
  readonly container: ContainerId;
  readonly host: StepHost;
  /** The Docker host that it is on. */
  readonly at: HostName;
  /** Aborted with `AppError('container-lost')` as reason when the container ends before that. */
  readonly lost: AbortSignal;
}

export interface PoolStatus {
  readonly name: string;
  readonly warm: number;
  readonly creating: number;
  /** Claimed ones, with or without a job. */
  readonly busy: number;
  /** Claims that wait for a container. */
  readonly waiting: number;
  readonly minIdle: number;
  readonly max: number;
  /** Why the last container could not be made or kept; null since one was made again. */
  readonly lastError: string | null;
}
