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

/**
 * Where the stand-in is found, known once it has started; none has a slash at the end. Jobs may need
 * other addresses than hub and users: a container does not see the machine's loopback interface.
 */
export interface Address {
  readonly url: () => string;
  /** Of everything that jobs use: REST, results, artifacts, caches, tokens. */
  readonly jobUrl: () => string;
  /** `GITHUB_SERVER_URL` of jobs: the web and git. */
  readonly jobServerUrl: () => string;
  /** The one by which this request came. */
  readonly of: (request: { readonly headers: { readonly host?: string | undefined } }) => string;
}

/**
 * An instant as the stand-in writes it. GitHub writes whole seconds; milliseconds are as valid, and
 * without them every latency measured against the stand-in would be wrong by up to a second.
 */
export const wireTime = (ms: number): string => new Date(ms).toISOString();

export const optionalWireTime = (ms: number | null): string | null =>
  ms === null ? null : wireTime(ms);
