import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { crc32 } from 'node:zlib';
import { AppError } from '../../../domain/errors.ts';

/**
 * The file that state is kept in: lines of JSON, each after its checksum. A line is one batch of changes
 * and counts as a whole or not at all. A process that dies while it writes leaves half a line at the
 * end, which the next one cuts off; damage anywhere else is an error.
 */
const FORMAT = 'runnerhub-standin-state';
const VERSION = 1;
const HEADER = JSON.stringify({ format: FORMAT, version: VERSION });

const lineOf = (json: string): string => `${checksum(json)} ${json}\n`;

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

function parseLine(line: string): { readonly value: unknown } | null {
  const text = line.slice(9);
  if (line[8] !== ' ' || checksum(text) !== line.slice(0, 8)) return null;
  return { value: JSON.parse(text) as unknown };
}

export interface ReadResult {
  /** Bytes of a torn last line that were cut off. */
  readonly cutBytes: number;
}

/** Calls `take` with every batch of the file in order; a file that is not there has none. */
export async function readLog(path: string, take: (batch: unknown) => void): Promise<ReadResult> {
  const size = await open(path).then(
    async (file) => (await file.stat().finally(() => file.close())).size,
    () => 0,
  );
  if (size === 0) return { cutBytes: 0 };
  let good = 0;
  let bad: number | null = null;
  let number = 0;
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    number += 1;
    if (bad !== null) throw damaged(path, bad);
    const parsed = parseLine(line);
    if (parsed === null) {
      bad = number;
      continue;
    }
    if (number === 1) checkHeader(path, parsed.value);
    else take(parsed.value);
    good += Buffer.byteLength(line) + 1;
  }
  if (bad === 1) throw damaged(path, 1);
  // The last line may be whole but for its end.
  if (good > size) return { cutBytes: await completeLine(path) };
  if (good < size) await truncate(path, good);
  return { cutBytes: size - good };
}

async function completeLine(path: string): Promise<0> {
  const file = await open(path, 'a');
  await file.appendFile('\n').finally(() => file.close());
  return 0;
}

function checkHeader(path: string, header: unknown): void {
  const isObject = typeof header === 'object' && header !== null;
  const format = isObject && 'format' in header ? header.format : undefined;
  const version = isObject && 'version' in header ? header.version : undefined;
  if (format === FORMAT && version === VERSION) return;
  const found = format === FORMAT ? `version ${String(version)}` : 'something else';
  throw new AppError(
    'state-unreadable',
    `${path} holds ${found}, and this stand-in reads version ${VERSION}: use the release that wrote it, or another folder`,
  );
}

const damaged = (path: string, line: number): AppError =>
  new AppError(
    'state-unreadable',
    `${path} is damaged at line ${line}: move the file away to begin without it, or restore a copy`,
  );

/** Appends batches, each one JSON text, to a file; and puts another file in its place. */
export interface LogFile {
  /** Bytes that it has. */
  size(): number;
  append(batch: string): Promise<void>;
  /**
   * Writes a new file of these batches beside the old one. `swap` puts it in the old one's place in one
   * step, after `last`, the batches that were appended to the old one meanwhile.
   */
  rewrite(
    batches: AsyncIterable<string>,
  ): Promise<{ swap(last: readonly string[]): Promise<void> }>;
  close(): Promise<void>;
}

/** Opens a file that `readLog` has read, or a new one. */
export async function openLog(path: string): Promise<LogFile> {
  let file = await open(path, 'a', 0o600);
  let size = (await file.stat()).size;
  const write = async (target: FileHandle, text: string): Promise<number> => {
    await target.appendFile(text);
    return Buffer.byteLength(text);
  };
  if (size === 0) {
    size += await write(file, lineOf(HEADER));
    await syncFolder(path);
  }
  return {
    size: () => size,
    async append(batch) {
      try {
        const added = await write(file, lineOf(batch));
        await file.datasync();
        size += added;
      } catch (error) {
        // What was written of it would be damage in the middle once more follows.
        await file.truncate(size).catch(() => undefined);
        throw error;
      }
    },
    async rewrite(batches) {
      const temporary = `${path}.new`;
      await rm(temporary, { force: true });
      const next = await open(temporary, 'a', 0o600);
      let written = await write(next, lineOf(HEADER));
      for await (const batch of batches) written += await write(next, lineOf(batch));
      return {
        async swap(last) {
          for (const batch of last) written += await write(next, lineOf(batch));
          await next.datasync();
          await rename(temporary, path);
          await syncFolder(path);
          await file.close();
          [file, size] = [next, written];
        },
      };
    },
    close: () => file.close(),
  };
}

/** A name in a folder is safe once the folder is written, too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path));
  await folder.sync().finally(() => folder.close());
}
