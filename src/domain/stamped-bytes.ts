import { INSTANT_BYTES, type LogSegment } from './log-segments.ts';

const LF = 0x0a;
const SPACE = 0x20;
const STAMP_BYTES = INSTANT_BYTES + 1;

/** Log lines as GitHub wants them, with their instants in front (protocol E.3). */
export class StampedBytes {
  #room: Buffer = Buffer.alloc(0);
  #length = 0;

  /** All bytes so far; they hold until the next call. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  append({ instant, kind, body }: LogSegment): void {
    if (kind === 'message') this.#put(instant, body, 0, body.length);
    else this.#appendLines(instant, body);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Every byte of every log comes through here, so it makes no strings. */
  #appendLines(instant: Buffer, body: Buffer): void {
    for (let from = 0; from <= body.length; ) {
      const found = body.indexOf(LF, from);
      const end = found < 0 ? body.length : found;
      this.#put(instant, body, from, end);
      from = end + 1;
    }
  }

  #put(instant: Buffer, body: Buffer, from: number, end: number): void {
    this.#reserve(STAMP_BYTES + body.length - from + 1);
    this.#room.set(instant, this.#length);
    this.#room[this.#length + INSTANT_BYTES] = SPACE;
    body.copy(this.#room, this.#length + STAMP_BYTES, from, end);
    this.#length += STAMP_BYTES + end - from + 1;
    this.#room[this.#length - 1] = LF;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#room.length) return;
    // Half as much again, since short lines ask for more with every one of them.
    const grown = Buffer.allocUnsafeSlow(Math.max(Math.ceil(needed * 1.5), 4096));
    grown.set(this.bytes);
    this.#room = grown;
  }
}
