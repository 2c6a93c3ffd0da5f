/** Most steps print little; a flood gets its room at once instead of growing into it. */
const FIRST_BYTES = 16 * 1024;
const FLOOD_BYTES = 640 * 1024;

/** Puts byte texts together outside of the JavaScript heap, where no collector has to move them. */
export class ByteBuilder {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** `text` holds one byte per code unit. */
  append(text: string): void {
    const needed = this.#length + text.length;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#bytes.write(text, this.#length, 'latin1');
    this.#length = needed;
  }

  /** All bytes so far, until `clear`. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins anew in the same room; false when there is more of it than is worth keeping. */
  clear(): boolean {
    this.#length = 0;
    return this.#bytes.length <= FLOOD_BYTES;
  }

  #grow(needed: number): void {
    const wanted = needed <= FIRST_BYTES ? FIRST_BYTES : FLOOD_BYTES;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, needed));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
