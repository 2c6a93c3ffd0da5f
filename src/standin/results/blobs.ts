import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import type { Permission, SignedPaths } from '../tokens/signed-paths.ts';

const VALID_MS = 3_600_000;

/** What is known of a blob beside its file. */
export interface BlobRecord {
  /** Nobody writes to it any more. */
  readonly sealed: boolean;
  readonly headers: BlobHeaders;
}

/** Headers that a blob is served with. */
export interface BlobHeaders {
  readonly contentType?: string;
  readonly fileName?: string;
  readonly type?: BlobType;
}

/** Written as a whole or of listed blocks, or appended to. */
export type BlobType = 'BlockBlob' | 'AppendBlob';

export type Blobs = ReturnType<typeof createBlobs>;

/**
 * Files behind signed URLs, as Azure's blob storage keeps them (protocol E.3, F.7): written at once,
 * made of blocks that are put apart and then listed, or created empty and appended to until sealed.
 * Names are made by us and safe as paths.
 */
export function createBlobs(
  folder: string,
  signedPaths: SignedPaths,
  records: Map<string, BlobRecord>,
) {
  const recordOf = (name: string): BlobRecord =>
    records.get(name) ?? { sealed: false, headers: {} };
  const pathOf = (name: string): string => join(folder, name);
  const blocksOf = (name: string): string => join(folder, 'blocks', name);
  // Ids are base64 of anything; as hex they are safe in a path.
  const blockPath = (name: string, id: string): string =>
    join(blocksOf(name), Buffer.from(id, 'base64').toString('hex'));
  const urlPath = (name: string): string => `/_blobs/${name}`;

  /** A file appears whole or not at all: an upload that breaks leaves the old one. */
  async function replace(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = `${path}.${randomUUID()}`;
    await mkdir(dirname(path), { recursive: true });
    try {
      await write(temporary);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  const save = (path: string, body: Readable): Promise<void> =>
    replace(path, (temporary) => pipeline(body, createWriteStream(temporary)));

  return {
    /** Path and query of a URL that may use the blob for an hour. */
    signedPath: (name: string, permission: Permission): string =>
      signedPaths.sign(urlPath(name), permission, VALID_MS),
    allows: (request: Request, name: string, permission: Permission): boolean =>
      signedPaths.allows(request, urlPath(name), permission),
    put: (name: string, body: Readable) => save(pathOf(name), body),
    append: (name: string, body: Readable) =>
      pipeline(body, createWriteStream(pathOf(name), { flags: 'a' })),
    /** From now on nobody writes to it. */
    seal: (name: string) => void records.set(name, { ...recordOf(name), sealed: true }),
    isSealed: (name: string) => recordOf(name).sealed,
    putBlock: (name: string, id: string, body: Readable) => save(blockPath(name, id), body),
    /** Makes the blob of these blocks and forgets all blocks; false when one is not there. */
    async commit(name: string, ids: readonly string[]): Promise<boolean> {
      const sizes = await Promise.all(ids.map((id) => sizeOf(blockPath(name, id))));
      if (sizes.includes(null)) return false;
      await replace(pathOf(name), async (temporary) => {
        await pipeline(Buffer.alloc(0), createWriteStream(temporary));
        for (const id of ids) {
          const file = createWriteStream(temporary, { flags: 'a' });
          await pipeline(createReadStream(blockPath(name, id)), file);
        }
      });
      await rm(blocksOf(name), { recursive: true, force: true });
      return true;
    },
    /** Adds to the headers that the blob is served with. */
    describe(name: string, more: BlobHeaders): void {
      const { sealed, headers } = recordOf(name);
      records.set(name, { sealed, headers: { ...headers, ...more } });
    },
    headersOf: (name: string): BlobHeaders => recordOf(name).headers,
    sizeOf: (name: string): Promise<number | null> => sizeOf(pathOf(name)),
    read: (name: string): Promise<Buffer | null> => readFile(pathOf(name)).catch(() => null),
    async remove(name: string): Promise<void> {
      records.delete(name);
      await rm(blocksOf(name), { recursive: true, force: true });
      await rm(pathOf(name), { force: true });
    },
    folder,
    /** Removes what an earlier process left: its URLs and its jobs are gone. */
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

const sizeOf = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ size }) => size,
    () => null,
  );

export const jobLogName = (job: { backendId: string }): string => `${job.backendId}/job.txt`;
export const stepLogName = (job: { backendId: string }, stepId: string): string =>
  `${job.backendId}/steps/${stepId}.txt`;
export const summaryName = (job: { backendId: string }, stepId: string): string =>
  `${job.backendId}/summaries/${stepId}.md`;
export const artifactName = (id: number): string => `artifacts/${id}`;
export const cacheName = (id: number): string => `caches/${id}`;
