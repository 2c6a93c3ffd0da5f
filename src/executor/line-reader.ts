import { isUtf8 } from 'node:buffer';
import { type ByteText, toByteText } from '../actions/byte-text.ts';

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
 * reader has it, and is handed on at once (a CR does not wait for what follows). In a block lines are
 * parted by LF and the last one has no line end, so that millions of lines need not be as many
 * strings. Invalid UTF-8 becomes U+FFFD. Memory is bounded by {@link MAX_LINE_BYTES} whatever comes.
 */
export class LineReader {
  readonly #seal: SealLine;
  readonly #maxBytes: number;
  /** The beginning of a line whose end has not come yet. */
  #carry: Buffer[] = [];
  #carried = 0;
  #dropped = 0;
  #skipLineFeed = false;

  constructor(seal: SealLine, maxBytes: number = MAX_LINE_BYTES) {
    this.#seal = seal;
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` completes as one block; null when it completes none. */
  push(chunk: Uint8Array): ByteText | null {
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
  end(): ByteText | null {
    return this.#carried + this.#dropped === 0 ? null : this.#takeCarried();
  }

  /** The first line end in `complete` closes the carried line. */
  #join(complete: Buffer): ByteText {
    if (this.#carried + this.#dropped === 0) return this.#toBlock(complete);
    const first = firstLineEnd(complete);
    this.#keep(first < 0 ? complete : complete.subarray(0, first));
    const line = this.#takeCarried();
    if (first < 0) return line;
    const crlf = complete[first] === CR && complete[first + 1] === LF;
    const rest = this.#toBlock(complete.subarray(first + (crlf ? 2 : 1)));
    return `${line}\n${rest}` as ByteText;
  }

  #toBlock(complete: Buffer): ByteText {
    const text = toText(complete);
    const block = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    if (complete.length <= this.#maxBytes) return block as ByteText;
    const lines = block.split('\n');
    const cut = (line: string): string =>
      line.length <= this.#maxBytes ? line : this.#cut(Buffer.from(line, 'latin1'), 0);
    return lines.map(cut).join('\n') as ByteText;
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#maxBytes - this.#carried);
    if (kept.length > 0) this.#carry.push(Buffer.from(kept));
    this.#carried += kept.length;
    this.#dropped += bytes.length - kept.length;
  }

  #takeCarried(): ByteText {
    const all = Buffer.concat(this.#carry);
    const dropped = this.#dropped;
    this.#carry = [];
    this.#carried = 0;
    this.#dropped = 0;
    return dropped === 0 ? toText(all) : this.#cut(all, dropped);
  }

  #cut(line: Buffer, dropped: number): ByteText {
    const kept = line.subarray(0, this.#maxBytes);
    return toByteText(this.#seal(kept.toString(), dropped + line.length - kept.length));
  }
}

/** The bytes as they are, or without what is no UTF-8. */
const toText = (bytes: Buffer): ByteText =>
  (isUtf8(bytes) ? bytes : Buffer.from(bytes.toString())).toString('latin1') as ByteText;

function firstLineEnd(bytes: Buffer): number {
  const feed = bytes.indexOf(LF);
  const lone = (feed < 0 ? bytes : bytes.subarray(0, feed)).indexOf(CR);
  return lone < 0 ? feed : lone;
}
