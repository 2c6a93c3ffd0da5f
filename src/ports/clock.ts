/** Time from outside. Domain functions take instants as arguments and never see this. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const isoNow = (clock: Clock): string => new Date(clock.now()).toISOString();
