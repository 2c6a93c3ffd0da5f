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
 * Bytes to lines. A line ends at LF, CRLF or a lone CR, as the official runner's reader has it, and
 * is handed on at once (a CR does not wait for what follows). Invalid UTF-8 becomes U+FFFD. Memory
 * is bounded by {@link MAX_LINE_BYTES} whatever comes.
 */
export class LineReader {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #seal: SealLine;
  readonly #maxBytes: number;
  #carry: Uint8Array[] = [];
  #carried = 0;
  #dropped = 0;
  #skipLineFeed = false;

  constructor(seal: SealLine, maxBytes: number = MAX_LINE_BYTES) {
    this.#seal = seal;
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` completes. */
  push(chunk: Uint8Array): string[] {
    let bytes = chunk;
    if (this.#skipLineFeed && bytes.length > 0) {
      if (bytes[0] === LF) bytes = bytes.subarray(1);
      this.#skipLineFeed = false;
    }
    const end = lastLineEnd(bytes);
    if (end < 0) {
      this.#keep(bytes);
      return [];
    }
    this.#skipLineFeed = bytes[end] === CR && end === bytes.length - 1;
    const crlf = bytes[end] === LF && end > 0 && bytes[end - 1] === CR;
    const complete = bytes.subarray(0, crlf ? end - 1 : end);
    const lines =
      this.#carried + this.#dropped === 0 ? this.#split(complete) : this.#join(complete);
    this.#keep(bytes.subarray(end + 1));
    return lines;
  }

  /** The last line, when the stream did not end with a line end. */
  end(): string[] {
    return this.#carried + this.#dropped === 0 ? [] : [this.#takeCarried()];
  }

  /** The first line end in `complete` closes the carried line. */
  #join(complete: Uint8Array): string[] {
    const first = complete.findIndex((byte) => byte === LF || byte === CR);
    this.#keep(first < 0 ? complete : complete.subarray(0, first));
    const line = this.#takeCarried();
    if (first < 0) return [line];
    const crlf = complete[first] === CR && complete[first + 1] === LF;
    return [line, ...this.#split(complete.subarray(first + (crlf ? 2 : 1)))];
  }

  #split(complete: Uint8Array): string[] {
    const text = this.#decoder.decode(complete);
    const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n');
    if (complete.length <= this.#maxBytes) return lines;
    return lines.map((line) => (line.length > this.#maxBytes ? this.#cut(line) : line));
  }

  #keep(bytes: Uint8Array): void {
    const room = this.#maxBytes - this.#carried;
    const kept = bytes.subarray(0, room);
    if (kept.length > 0) this.#carry.push(kept.slice());
    this.#carried += kept.length;
    this.#dropped += bytes.length - kept.length;
  }

  #takeCarried(): string {
    const all = new Uint8Array(this.#carried);
    let at = 0;
    for (const part of this.#carry) {
      all.set(part, at);
      at += part.length;
    }
    const dropped = this.#dropped;
    this.#carry = [];
    this.#carried = 0;
    this.#dropped = 0;
    const text = this.#decoder.decode(all);
    return dropped === 0 ? text : this.#seal(text, dropped);
  }

  #cut(line: string): string {
    return this.#seal(line.slice(0, this.#maxBytes), line.length - this.#maxBytes);
  }
}

function lastLineEnd(bytes: Uint8Array): number {
  return Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR));
}
