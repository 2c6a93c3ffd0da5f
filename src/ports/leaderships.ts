import type { InstanceId } from '../domain/ids.ts';

/** Proof of having become the leader for one kind of work; a later leader has a higher token. */
export interface Leadership {
  readonly name: string;
  readonly token: number;
}

/**
 * Work that one hub instance does for all. Leadership is a lease by the database's clock; whoever
 * holds one may be late without knowing it, so an effect that must not come from two checks `holds`
 * right before it.
 */
export interface Leaderships {
  /**
   * Becomes or stays the leader for `ttlMs` from now; null while another instance is. Staying keeps
   * the token, becoming gets a new one.
   */
  claim(name: string, instance: InstanceId, ttlMs: number): Promise<Leadership | null>;
  /** Whether nobody has become the leader since, and the lease has not run out. */
  holds(leadership: Leadership): Promise<boolean>;
  /** Gives up everything that the instance leads, so that others need not wait for the end of its lease. */
  resign(instance: InstanceId): Promise<void>;
}
