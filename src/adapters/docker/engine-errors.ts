import { AppError, messageOf } from '../../domain/errors.ts';

/** The HTTP status of the engine's answer; null when it gave none. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return null;
  return typeof error.statusCode === 'number' ? error.statusCode : null;
}

/** Translates what dockerode throws. `what` names the call, as in "starting a container". */
export function dockerError(what: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const status = statusOf(error);
  const message = messageOf(error).replace(/\s+/g, ' ').trim();
  if (status === null) {
    const detail = `${what}: the Docker engine does not answer (${message || 'no message'})`;
    return new AppError('docker-down', detail, { retryable: true });
  }
  if (status === 404 && /no such image/i.test(message)) {
    return new AppError('image-missing', `${what}: ${message}`);
  }
  if (status === 404 && /no such container/i.test(message)) {
    return new AppError('container-lost', `${what}: the container no longer exists`);
  }
  return new AppError('docker-failed', `${what}: ${message}`, { retryable: status >= 500 });
}

/** Runs one call and translates what it throws. */
export async function asking<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw dockerError(what, error);
  }
}

/** Like {@link asking}, but the given statuses are no error; answers whether the call took effect. */
export async function tolerating(
  what: string,
  statuses: readonly number[],
  call: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status !== null && statuses.includes(status)) return false;
    throw dockerError(what, error);
  }
}
