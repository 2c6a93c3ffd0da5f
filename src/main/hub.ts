import type { JobLedger } from '../ports/job-ledger.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { LogStore } from '../ports/log-store.ts';

/** A composed hub: what commands may see of it, and its start and stop. */
export interface Hub {
  readonly ledger: JobLedger;
  readonly logs: LogStore;
  readonly events: LiveEvents;
  start(): Promise<void>;
  /** Drains and stops; repeatable. */
  stop(): Promise<void>;
  /** Where the API and the webhook entrance answer, without trailing slash; after `start`. */
  url(): string;
}
