import { DrizzleQueryError } from 'drizzle-orm';
import { AppError, isAppError, messageOf } from '../../domain/errors.ts';

/** SQLSTATE classes and codes that say that the server cannot serve us now. */
const DOWN_STATES = /^(08|57P0|53[0-9]|58)/;
const DOWN_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
/** pg has no code for these. */
const DOWN_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end|not queryable/i;
const LOCK_TIMEOUT = '55P03';

/** Runs database work and translates what it throws. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
}

/**
 * Drizzle's error quotes the statement with all its parameters; only the server's own error is kept,
 * so that no payload gets into a log.
 */
function translated(error: unknown): AppError {
  if (isAppError(error)) return error;
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  const code = codeOf(cause);
  if (code === LOCK_TIMEOUT) {
    return new AppError('timeout', 'A lock in the database was not free in time.', {
      cause,
      retryable: true,
    });
  }
  if (DOWN_CODES.has(code) || DOWN_STATES.test(code) || DOWN_MESSAGES.test(messageOf(cause))) {
    return new AppError('database-down', `The database does not answer: ${messageOf(cause)}`, {
      cause,
      retryable: true,
    });
  }
  return new AppError('internal', `The database refused: ${messageOf(cause)}`, { cause });
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
