/** Most steps print little; a flood gets its room at once instead of growing into it. */
const FIRST_BYTES = 16 * 1024;
const FLOOD_BYTES = 640 * 1024;
const LF = 0x0a;

/** Log lines with their instants in front, put together in room that is used again. */
export class StampedBytes {
  #room: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** All bytes so far; they hold until the next call. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  /** One message with one stamp, however many lines it has. */
  appendMessage(stamp: Uint8Array, message: Uint8Array): void {
    this.#reserve(stamp.length + message.length + 1);
    this.#room.set(stamp, this.#length);
    this.#room.set(message, this.#length + stamp.length);
    this.#length += stamp.length + message.length + 1;
    this.#room[this.#length - 1] = LF;
  }

  /**
   * Lines parted by LF, each with a stamp. Returns how many they are. Every byte of every log comes
   * through here, so it makes no strings: they would keep the garbage collector busy.
   */
  appendLines(stamp: Buffer, block: Buffer): number {
    let lines = 0;
    for (let from = 0; from <= block.length; lines++) {
      this.#reserve(stamp.length + block.length - from + 1);
      const found = block.indexOf(LF, from);
      const end = found < 0 ? block.length : found;
      this.#room.set(stamp, this.#length);
      block.copy(this.#room, this.#length + stamp.length, from, end);
      this.#length += stamp.length + end - from + 1;
      this.#room[this.#length - 1] = LF;
      from = end + 1;
    }
    return lines;
  }

  /** Begins anew in the same room; false when there is more of it than is worth keeping. */
  clear(): boolean {
    this.#length = 0;
    return this.#room.length <= FLOOD_BYTES;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#room.length) return;
    const wanted = needed <= FIRST_BYTES ? FIRST_BYTES : FLOOD_BYTES;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, needed));
    grown.set(this.bytes);
    this.#room = grown;
  }
}
