import { rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import type { LogStore } from '../../ports/log-store.ts';
import { AppendFile } from './append-file.ts';
import { readSegments } from './read-segments.ts';

/** Ids come from GitHub's numbers; anything else must not become a path. */
const SAFE_ID = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * Logs as files of segments, `<folder>/<two digits>/<job>/<step>.log`, one append at a time per step.
 * The two last digits of the job spread the folders.
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
    append: (job, step, segments) => fileAt(fileOf(job, step)).append(segments),
    async *read(job, step, from = 0) {
      const file = fileOf(job, step);
      await files.get(file)?.settled();
      // Of a file that grows, the end may be on its way; otherwise a crash has torn it.
      yield* readSegments(file, from, () => !files.has(file));
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
