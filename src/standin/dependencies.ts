/** What the stand-in needs from the house that starts it; the ports' `Log` and `Clock` fit. */
export interface StandinLog {
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface StandinClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where the stand-in listens, known once it has started. Without a slash at the end. */
export interface Address {
  readonly url: () => string;
}

/**
 * An instant as the stand-in writes it. GitHub writes whole seconds; milliseconds are as valid, and
 * without them every latency measured against the stand-in would be wrong by up to a second.
 */
export const wireTime = (ms: number): string => new Date(ms).toISOString();

export const optionalWireTime = (ms: number | null): string | null =>
  ms === null ? null : wireTime(ms);
