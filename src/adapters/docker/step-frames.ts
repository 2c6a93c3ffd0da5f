/**
 * Docker's multiplexed stream: 8 bytes of header (stream, 0, 0, 0, length) before each piece. A
 * piece may be cut anywhere by the connection; its parts are handed on as they come, uncopied.
 */
export type StreamName = 'stdout' | 'stderr';

export class FrameReader {
  readonly #header = new Uint8Array(8);
  #have = 0;
  #left = 0;
  #stream: StreamName = 'stdout';

  /** Parts of pieces inside `chunk`, in order. */
  *read(chunk: Buffer): Generator<{ stream: StreamName; bytes: Buffer }> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        at = this.#takeHeader(chunk, at);
        continue;
      }
      const end = Math.min(chunk.length, at + this.#left);
      this.#left -= end - at;
      yield { stream: this.#stream, bytes: chunk.subarray(at, end) };
      at = end;
    }
  }

  #takeHeader(chunk: Buffer, from: number): number {
    let at = from;
    while (this.#have < 8 && at < chunk.length) this.#header[this.#have++] = chunk[at++] ?? 0;
    if (this.#have === 8) {
      this.#have = 0;
      this.#stream = this.#header[0] === 2 ? 'stderr' : 'stdout';
      this.#left = new DataView(this.#header.buffer).getUint32(4);
    }
    return at;
  }
}

/** Splits a byte stream at a mark that may be cut by any chunk border. */
export class MarkScanner {
  readonly #mark: Buffer;
  #held: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark, 'latin1');
  }

  /** Bytes before the mark that are certain, and what follows the mark once it was seen. */
  push(chunk: Buffer): { before: Buffer; after: Buffer | null } {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const at = bytes.indexOf(this.#mark);
    if (at >= 0) {
      this.#held = Buffer.alloc(0);
      return { before: bytes.subarray(0, at), after: bytes.subarray(at + this.#mark.length) };
    }
    const keep = this.#tailThatMayBegin(bytes);
    this.#held = keep === 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(bytes.length - keep));
    return { before: bytes.subarray(0, bytes.length - keep), after: null };
  }

  /** What was held back when the stream ended without the mark. */
  rest(): Buffer {
    return this.#held;
  }

  #tailThatMayBegin(bytes: Buffer): number {
    const first = this.#mark[0] ?? 0;
    const from = Math.max(0, bytes.length - this.#mark.length + 1);
    for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
      if (bytes.subarray(at).equals(this.#mark.subarray(0, bytes.length - at))) {
        return bytes.length - at;
      }
    }
    return 0;
  }
}
