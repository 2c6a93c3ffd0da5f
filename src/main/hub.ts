import type { JobLedger } from '../ports/job-ledger.ts';
import type { LogStore } from '../ports/log-store.ts';

/** A running hub: what commands may see of it, and its stop. */
export interface Hub {
  readonly ledger: JobLedger;
  readonly logs: LogStore;
  /** Where the API and the webhook entrance answer, without trailing slash. */
  readonly url: string;
  /** Aborted when the hub can no longer do its work and must be stopped. */
  readonly broken: AbortSignal;
  /** Drains and stops; repeatable. */
  stop(): Promise<void>;
}
