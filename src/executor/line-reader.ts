import { isUtf8 } from 'node:buffer';
import { ReusedBytes } from '../domain/reused-bytes.ts';

/** Longest line that is kept, in bytes; the rest of a longer one is dropped with a note. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Makes the line to show of the beginning of a line that was too long, and of what was dropped. */
export type SealLine = (kept: string, droppedBytes: number) => string;

/** Longer than any secret that is worth the name. */
const CUT_GUARD = 65_536;

/**
 * A seal that masks before it cuts: a secret across the cut would leave a beginning that no masker
 * knows, so the last part of what was kept goes as well.
 */
export const sealAfter =
  (mask: (text: string) => string): SealLine =>
  (kept, droppedBytes) => {
    const masked = mask(kept);
    const shown = masked.slice(0, Math.max(0, masked.length - CUT_GUARD));
    return `${shown}… [line cut here, ${droppedBytes + masked.length - shown.length} more bytes]`;
  };

const LF = 10;
const CR = 13;

/**
 * Bytes to blocks of whole lines. A line ends at LF, CRLF or a lone CR, as the official runner's
 * reader has it, and is handed on at once (a CR does not wait for what follows). A block is UTF-8 in
 * which lines are parted by LF and the last one has no line end, so that millions of lines need not
 * be as many strings; it holds until the next call. Invalid UTF-8 becomes U+FFFD. Memory is bounded
 * by {@link MAX_LINE_BYTES} whatever comes.
 */
export class LineReader {
  readonly #seal: SealLine;
  readonly #maxBytes: number;
  /** The beginning of a line whose end has not come yet. */
  readonly #carry = new ReusedBytes();
  readonly #joined = new ReusedBytes();
  #dropped = 0;
  #skipLineFeed = false;

  constructor(seal: SealLine, maxBytes: number = MAX_LINE_BYTES) {
    this.#seal = seal;
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` completes as one block; null when it completes none. */
  push(chunk: Uint8Array): Buffer | null {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#skipLineFeed && bytes.length > 0) {
      if (bytes[0] === LF) bytes = bytes.subarray(1);
      this.#skipLineFeed = false;
    }
    const end = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR));
    if (end < 0) {
      this.#keep(bytes);
      return null;
    }
    this.#skipLineFeed = bytes[end] === CR && end === bytes.length - 1;
    const crlf = bytes[end] === LF && end > 0 && bytes[end - 1] === CR;
    const block = this.#join(bytes.subarray(0, crlf ? end - 1 : end));
    this.#keep(bytes.subarray(end + 1));
    return block;
  }

  /** The last line, when the stream did not end with a line end. */
  end(): Buffer | null {
    return this.#carried === 0 ? null : this.#takeCarried();
  }

  get #carried(): number {
    return this.#carry.length + this.#dropped;
  }

  /** The first line end in `complete` closes the carried line. */
  #join(complete: Buffer): Buffer {
    if (this.#carried === 0) return this.#toBlock(complete);
    const first = firstLineEnd(complete);
    this.#keep(first < 0 ? complete : complete.subarray(0, first));
    this.#joined.clear();
    this.#joined.append(this.#takeCarried());
    if (first >= 0) {
      const crlf = complete[first] === CR && complete[first + 1] === LF;
      this.#joined.append(LINE_FEED);
      this.#joined.append(this.#toBlock(complete.subarray(first + (crlf ? 2 : 1))));
    }
    return this.#joined.bytes;
  }

  #toBlock(complete: Buffer): Buffer {
    const valid = toUtf8(complete);
    const block = valid.includes(CR)
      ? Buffer.from(valid.toString('latin1').replace(/\r\n?/g, '\n'), 'latin1')
      : valid;
    return complete.length <= this.#maxBytes ? block : this.#cutEach(block);
  }

  #cutEach(block: Buffer): Buffer {
    const lines = block.toString('latin1').split('\n');
    const cut = (line: string): string => {
      if (line.length <= this.#maxBytes) return line;
      return this.#cut(Buffer.from(line, 'latin1'), 0).toString('latin1');
    };
    return Buffer.from(lines.map(cut).join('\n'), 'latin1');
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#maxBytes - this.#carry.length);
    this.#carry.append(kept);
    this.#dropped += bytes.length - kept.length;
  }

  #takeCarried(): Buffer {
    const line = this.#carry.bytes;
    const dropped = this.#dropped;
    const taken = dropped === 0 ? toUtf8(line) : this.#cut(line, dropped);
    this.#carry.clear();
    this.#dropped = 0;
    return taken;
  }

  #cut(line: Buffer, dropped: number): Buffer {
    const kept = line.subarray(0, this.#maxBytes);
    return Buffer.from(this.#seal(kept.toString(), dropped + line.length - kept.length));
  }
}

const LINE_FEED = Buffer.from([LF]);

/** The bytes as they are, or without what is no UTF-8. */
const toUtf8 = (bytes: Buffer): Buffer => (isUtf8(bytes) ? bytes : Buffer.from(bytes.toString()));

function firstLineEnd(bytes: Buffer): number {
  const feed = bytes.indexOf(LF);
  const lone = (feed < 0 ? bytes : bytes.subarray(0, feed)).indexOf(CR);
  return lone < 0 ? feed : lone;
}
