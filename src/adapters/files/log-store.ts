import { appendFile, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import type { LogStore } from '../../ports/log-store.ts';

/** Ids come from GitHub's numbers; anything else must not become a path. */
const SAFE_ID = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * Logs as files `<folder>/<two digits>/<job>/<step>.log`, one append at a time per step. The two
 * last digits of the job spread the folders.
 */
export function createFileLogStore(folder: string): LogStore {
  const tails = new Map<string, Promise<void>>();

  const folderOf = (job: JobId): string => {
    if (!SAFE_ID.test(job)) throw new AppError('bad-request', 'This is not the id of a job.');
    return path.join(folder, job.slice(-2).padStart(2, '0'), job);
  };
  const fileOf = (job: JobId, step: number): string => path.join(folderOf(job), `${step}.log`);

  return {
    append: (job, step, text) => {
      const file = fileOf(job, step);
      const appended = (tails.get(file) ?? Promise.resolve()).then(() => appendTo(file, text));
      const tail = appended.catch(() => undefined);
      tails.set(file, tail);
      void tail.then(() => {
        if (tails.get(file) === tail) tails.delete(file);
      });
      return appended;
    },
    read: async (job, step, from = 0) => {
      const file = fileOf(job, step);
      await tails.get(file);
      return readFrom(file, from);
    },
    remove: async (job) => {
      const own = folderOf(job) + path.sep;
      await Promise.all(
        [...tails].filter(([file]) => file.startsWith(own)).map(([, tail]) => tail),
      );
      await rm(folderOf(job), { recursive: true, force: true });
    },
  };
}

async function appendTo(file: string, text: string | Uint8Array): Promise<void> {
  try {
    await appendFile(file, text, { mode: 0o600 });
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await appendFile(file, text, { mode: 0o600 });
  }
}

async function readFrom(file: string, from: number): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const length = Math.max(0, size - from);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
