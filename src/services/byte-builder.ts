const FIRST_BYTES = 8 * 1024;

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

  /** All bytes so far; nothing may be appended any more. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
