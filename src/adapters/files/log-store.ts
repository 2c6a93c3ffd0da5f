import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import type { LogStore } from '../../ports/log-store.ts';
import { AppendFile } from './append-file.ts';

/** Ids come from GitHub's numbers; anything else must not become a path. */
const SAFE_ID = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * Logs as files `<folder>/<two digits>/<job>/<step>.log`, one append at a time per step. The two
 * last digits of the job spread the folders.
 */
export function createFileLogStore(folder: string): LogStore {
  const files = new Map<string, AppendFile>();

  const folderOf = (job: JobId): string => {
    if (!SAFE_ID.test(job)) throw new AppError('bad-request', 'This is not the id of a job.');
    return path.join(folder, job.slice(-2).padStart(2, '0'), job);
  };
  const fileOf = (job: JobId, step: number): string => path.join(folderOf(job), `${step}.log`);

  const fileAt = (file: string): AppendFile => {
    const known = files.get(file);
    if (known !== undefined) return known;
    const opened = new AppendFile(file, () => {
      if (files.get(file) === opened) files.delete(file);
    });
    files.set(file, opened);
    return opened;
  };

  return {
    append: (job, step, text) =>
      fileAt(fileOf(job, step)).append(typeof text === 'string' ? Buffer.from(text) : text),
    read: async (job, step, from = 0) => {
      const file = fileOf(job, step);
      await files.get(file)?.settled();
      return readFrom(file, from);
    },
    remove: async (job) => {
      const own = folderOf(job) + path.sep;
      for (const [file, opened] of files) {
        if (!file.startsWith(own)) continue;
        await opened.close();
        files.delete(file);
      }
      await rm(folderOf(job), { recursive: true, force: true });
    },
  };
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
