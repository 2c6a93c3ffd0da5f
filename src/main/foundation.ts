import type { Config } from '../contract/config.ts';
import type { PoolConfig } from '../contract/pool-config.ts';
import type { InstallationId, InstanceId } from '../domain/ids.ts';
import type { SchedulePolicy } from '../domain/schedule-types.ts';
import type { Clock } from '../ports/clock.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { Hosts } from '../services/fleet-hosts.ts';
import type { Storage } from './compose-storage.ts';

/** What every room of the house stands on; only the composing code of `main` sees it whole. */
export interface Foundation {
  readonly config: Config;
  readonly pools: readonly PoolConfig[];
  /** The rules of scheduling and routing, compiled. */
  readonly policy: SchedulePolicy;
  readonly log: Log;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly events: LiveEvents;
  readonly hosts: Hosts;
  readonly logs: LogStore;
  readonly installation: InstallationId;
  readonly instance: InstanceId;
  /** Name of this machine. */
  readonly machine: string;
  /** No other hub can be on this database. */
  readonly isSole: boolean;
  /** GitHub is a stand-in of this very process, which remembers nothing. */
  readonly isGitHubNew: boolean;
  /** The hub must end: others may have taken over what was its own. */
  readonly onBroken: () => void;
}
