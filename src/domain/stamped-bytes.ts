import { countLines } from './count-lines.ts';
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

  /**
   * Every byte of every log comes through here, so it makes no objects: the body goes to the end of
   * its room as a whole, and its lines move from there to the front, each behind its stamp.
   */
  append({ instant, kind, body }: LogSegment): void {
    const lines = kind === 'message' ? 1 : countLines(body);
    const end = this.#length + lines * STAMP_BYTES + body.length + 1;
    this.#reserve(end);
    const room = this.#room;
    let from = end - body.length - 1;
    room.set(body, from);
    room[end - 1] = LF;
    let to = this.#length;
    for (let left = lines; left > 0; left--) {
      const next = left === 1 ? end : room.indexOf(LF, from) + 1;
      room.set(instant, to);
      room[to + INSTANT_BYTES] = SPACE;
      room.copyWithin(to + STAMP_BYTES, from, next);
      to += STAMP_BYTES + next - from;
      from = next;
    }
    this.#length = end;
  }

  clear(): void {
    this.#length = 0;
  }

  #reserve(needed: number): void {
    if (needed <= this.#room.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(Math.ceil(needed * 1.25), 4096));
    grown.set(this.bytes);
    this.#room = grown;
  }
}
