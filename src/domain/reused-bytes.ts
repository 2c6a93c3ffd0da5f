/** Room above this is given back once it is no longer needed. */
const KEPT_BYTES = 1024 * 1024;

/**
 * Bytes put together in room that is used again and again: floods of output would otherwise leave
 * more to the garbage collector than anything else costs.
 */
export class ReusedBytes {
  #room: Buffer = Buffer.alloc(0);
  #length = 0;

  /** What was appended since `clear`; it holds until the next call of either. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const needed = this.#length + end - start;
    if (needed > this.#room.length) this.#grow(needed);
    this.#room.set(
      start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end),
      this.#length,
    );
    this.#length = needed;
  }

  clear(): void {
    this.#length = 0;
    if (this.#room.length > KEPT_BYTES) this.#room = Buffer.alloc(0);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(Math.ceil(needed * 1.5), 4096));
    grown.set(this.bytes);
    this.#room = grown;
  }
}
