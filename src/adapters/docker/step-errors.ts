import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { AppError, messageOf } from '../../domain/errors.ts';

const statusOf = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'statusCode' in error
    ? Number(error.statusCode)
    : undefined;

const LOOKS = 5;
const BETWEEN_LOOKS_MS = 100;

/**
 * Says what is true of the world after a call to the engine failed or a stream broke. A stream ends
 * a moment before the engine knows that its container has, so a running one is looked at again.
 */
export async function explainLoss(
  docker: Docker,
  containerId: string,
  cause: unknown,
): Promise<AppError> {
  try {
    for (let look = 0; look < LOOKS; look++) {
      const { State } = await docker.getContainer(containerId).inspect();
      if (!State.Running) {
        const why = State.OOMKilled ? ', out of memory' : '';
        const detail = `The container of this job ended (exit code ${State.ExitCode}${why})`;
        return new AppError('container-lost', detail, { cause });
      }
      await sleep(BETWEEN_LOOKS_MS);
    }
    return new AppError('docker-failed', `Docker refused a command: ${messageOf(cause)}`, {
      cause,
    });
  } catch (error) {
    if (statusOf(error) === 404) {
      return new AppError('container-lost', 'The container of this job is gone', { cause });
    }
    return new AppError('docker-down', `The Docker Engine does not answer: ${messageOf(error)}`, {
      cause: error,
      retryable: true,
    });
  }
}
