import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import type { Permission, SignedPaths } from '../tokens/signed-paths.ts';

const VALID_MS = 3_600_000;

export type Blobs = ReturnType<typeof createBlobs>;

/**
 * Files behind signed URLs, as Azure's blob storage keeps them (protocol E.3): written at once, or
 * created empty and appended to until sealed. Names are made by us and safe as paths.
 */
export function createBlobs(folder: string, signedPaths: SignedPaths) {
  const sealed = new Set<string>();
  const pathOf = (name: string): string => join(folder, name);

  const urlPath = (name: string): string => `/_blobs/${name}`;

  async function write(name: string, body: Readable, flags: 'w' | 'a'): Promise<void> {
    await mkdir(dirname(pathOf(name)), { recursive: true });
    await pipeline(body, createWriteStream(pathOf(name), { flags }));
  }

  return {
    /** Path and query of a URL that may use the blob for an hour. */
    signedPath: (name: string, permission: Permission = 'rw'): string =>
      signedPaths.sign(urlPath(name), permission, VALID_MS),
    allows: (request: Request, name: string, permission: Permission): boolean =>
      signedPaths.allows(request, urlPath(name), permission),
    put: (name: string, body: Readable) => write(name, body, 'w'),
    append: (name: string, body: Readable) => write(name, body, 'a'),
    seal: (name: string) => void sealed.add(name),
    isSealed: (name: string) => sealed.has(name),
    exists: (name: string): Promise<boolean> =>
      stat(pathOf(name)).then(
        () => true,
        () => false,
      ),
    read: (name: string): Promise<Buffer | null> => readFile(pathOf(name)).catch(() => null),
    /** Removes what an earlier process left: its URLs and its jobs are gone. */
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

export const jobLogName = (job: { backendId: string }): string => `${job.backendId}/job.txt`;
export const stepLogName = (job: { backendId: string }, stepId: string): string =>
  `${job.backendId}/steps/${stepId}.txt`;
export const summaryName = (job: { backendId: string }, stepId: string): string =>
  `${job.backendId}/summaries/${stepId}.md`;
