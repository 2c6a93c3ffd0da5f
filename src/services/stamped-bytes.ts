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
   * through here: the engine's own replacement in a string of bytes is several times as fast as any
   * loop over bytes or lines.
   */
  appendLines(stamp: Buffer, block: Buffer): number {
    const first = stamp.toString('latin1');
    const stamped = block.toString('latin1').replaceAll('\n', `\n${first}`);
    this.#reserve(first.length + stamped.length + 1);
    const at = this.#length + first.length;
    this.#room.set(stamp, this.#length);
    this.#room.write(stamped, at, 'latin1');
    this.#room[at + stamped.length] = LF;
    this.#length = at + stamped.length + 1;
    return 1 + (stamped.length - block.length) / first.length;
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
