import { z } from 'zod';
import type { ResultsLog } from '../../ports/runner-protocol.ts';
import {
  type BlobTarget,
  putBlob,
  RECEIVER,
  type ResultsDeps,
  runIds,
  twirp,
  twirpOk,
  wireInstant,
} from './results-api.ts';
import { REPORT_RETRIES, retrying } from './retry.ts';

/** Block size of the results service (protocol K). */
export const BLOCK_BYTES = 2 * 1024 * 1024;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

const logTarget = z.looseObject({
  logs_url: z.string(),
  blob_storage_type: z.string().nullish(),
});

/**
 * A step log (or the job log, `stepId` null) written in blocks of 2 MiB, each with a BOM and a
 * signed URL of its own (protocol E.3). A log that fits one block is one PUT at its end. A log
 * without lines is never made.
 */
class BlobLog implements ResultsLog {
  readonly #deps: ResultsDeps;
  readonly #stepId: string | null;
  /** The block that fills, with its BOM; two take turns, one of them on its way. */
  #block = new BlockBuffer();
  #spare = new BlockBuffer();
  #lines = 0;
  #blocks = 0;
  #uploading: Promise<void> = Promise.resolve();

  constructor(deps: ResultsDeps, stepId: string | null) {
    this.#deps = deps;
    this.#stepId = stepId;
  }

  async append(text: string | Uint8Array, lines: number): Promise<void> {
    this.#lines += lines;
    for (const piece of splitBytes(toBuffer(text), BLOCK_BYTES - BOM.length)) {
      if (!this.#block.hasRoom(piece.length)) await this.#startUpload();
      this.#block.append(piece);
    }
  }

  async finish(): Promise<void> {
    if (this.#lines === 0) return;
    await this.#uploading;
    await this.#upload(this.#block.bytes, true);
    const scope = this.#stepId === null ? 'Job' : 'Step';
    await twirpOk(this.#deps, `${RECEIVER}/Create${scope}LogsMetadata`, {
      ...this.#ids(),
      uploaded_at: wireInstant(this.#deps.clock.now()),
      line_count: this.#lines,
    });
  }

  #ids(): Record<string, string> {
    const step = this.#stepId === null ? {} : { step_backend_id: this.#stepId };
    return { ...runIds(this.#deps), ...step };
  }

  async #target(): Promise<BlobTarget> {
    const scope = this.#stepId === null ? 'Job' : 'Step';
    const path = `${RECEIVER}/Get${scope}LogsSignedBlobURL`;
    const reply = await twirp(this.#deps, path, this.#ids(), logTarget);
    return { url: reply.logs_url, azure: reply.blob_storage_type === 'BLOB_STORAGE_TYPE_AZURE' };
  }

  /** One block is on its way while the next one fills; a third has to wait. */
  async #startUpload(): Promise<void> {
    await this.#uploading;
    const full = this.#block;
    this.#block = this.#spare;
    this.#spare = full;
    this.#block.clear();
    this.#uploading = this.#upload(full.bytes, false);
    this.#uploading.catch(() => undefined); // met by the next one
  }

  async #upload(block: Buffer, last: boolean): Promise<void> {
    const first = this.#blocks === 0;
    if (first && last) await this.#putWhole(block);
    else await this.#putAppended(block, first, last);
    this.#blocks += 1;
  }

  async #putWhole(block: Buffer): Promise<void> {
    await retrying(this.#deps.clock, REPORT_RETRIES, undefined, async () =>
      putBlob(this.#deps, {
        target: await this.#target(),
        body: [block],
        azureHeaders: { 'x-ms-blob-type': 'BlockBlob' },
      }),
    );
  }

  async #putAppended(block: Buffer, first: boolean, last: boolean): Promise<void> {
    if (first) {
      await retrying(this.#deps.clock, REPORT_RETRIES, undefined, async () =>
        putBlob(this.#deps, {
          target: await this.#target(),
          body: new Uint8Array(),
          azureHeaders: { 'x-ms-blob-type': 'AppendBlob' },
        }),
      );
    }
    // Not tried again after a lost answer: the block would stand there twice.
    await putBlob(this.#deps, {
      target: await this.#target(),
      suffix: last ? 'comp=appendblock&seal=true' : 'comp=appendblock',
      body: [block],
      azureHeaders: { 'x-ms-blob-sealed': last ? 'True' : 'False' },
    });
  }
}

const toBuffer = (text: string | Uint8Array): Buffer =>
  typeof text === 'string'
    ? Buffer.from(text)
    : Buffer.from(text.buffer, text.byteOffset, text.byteLength);

/** Bytes of one block, in room that is used again and again: it grows with the log, up to a block. */
class BlockBuffer {
  #room: Buffer = Buffer.alloc(0);
  #length = 0;

  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  hasRoom(bytes: number): boolean {
    return Math.max(this.#length, BOM.length) + bytes <= BLOCK_BYTES;
  }

  append(piece: Buffer): void {
    if (this.#length === 0) this.#put(BOM);
    this.#put(piece);
  }

  clear(): void {
    this.#length = 0;
  }

  #put(piece: Buffer): void {
    const needed = this.#length + piece.length;
    if (needed > this.#room.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, Math.max(needed * 4, 4096)));
      this.bytes.copy(grown);
      this.#room = grown;
    }
    piece.copy(this.#room, this.#length);
    this.#length = needed;
  }
}

/** Pieces of at most `most` bytes that end at a character, and at a line end where there is one. */
function splitBytes(bytes: Buffer, most: number): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  while (bytes.length - from > most) {
    const lineEnd = bytes.lastIndexOf(0x0a, from + most - 1);
    let to = lineEnd >= from ? lineEnd + 1 : from + most;
    // A continuation byte (10xxxxxx) belongs to the character before.
    while (lineEnd < from && ((bytes[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    pieces.push(bytes.subarray(from, to));
    from = to;
  }
  pieces.push(bytes.subarray(from));
  return pieces;
}

export const openBlobLog = (deps: ResultsDeps, stepId: string | null): ResultsLog =>
  new BlobLog(deps, stepId);
