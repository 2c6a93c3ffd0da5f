/**
 * The closed set of error codes that cross a floor. A failed job is not an error; these are requests
 * that cannot be met and a world that is broken. `docs/errors.md` has a line for each.
 */
export const ERROR_CODES = [
  'bad-request',
  'unauthorized',
  'not-found',
  'conflict',
  'payload-too-large',
  'unsupported-media-type',
  'database-down',
  'queue-down',
  'docker-down',
  'host-full',
  'container-lost',
  'image-missing',
  'docker-failed',
  'github-unreachable',
  'github-refused',
  'github-limited',
  'action-missing',
  'action-unusable',
  'runner-name-taken',
  'runner-gone',
  'job-gone',
  'limit-exceeded',
  'state-unreadable',
  'cancelled',
  'timeout',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
}

/** A broken world or a refused request, translated once at the adapter that met it. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code);

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
