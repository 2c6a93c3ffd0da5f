import { ReusedBytes } from './reused-bytes.ts';

/**
 * How the hub keeps a log: as it was printed, in segments of one instant each. A segment is a head
 * line and a body, such as
 *
 *     \x1e2026-06-30T15:40:39.5830000Z l 00000012
 *     hello
 *     world
 *
 * with the kind (`l` for single lines, `m` for one message, however many lines it has) and the size
 * of the body with its last line end, in bytes. Lines get their instants when somebody reads them:
 * a flood has thousands of one instant, and a file can be searched by any tool.
 */
export interface LogSegment {
  /** 28 characters, as log lines have it (protocol E.3). */
  readonly instant: Buffer;
  readonly kind: SegmentKind;
  /** UTF-8 without the last line end. */
  readonly body: Buffer;
  /** Where the next segment begins. */
  readonly end: number;
}

export type SegmentKind = 'lines' | 'message';

export const INSTANT_BYTES = '2026-06-30T15:40:39.5830000Z'.length;
const SIZE_DIGITS = 8;
const KIND_AT = 1 + INSTANT_BYTES + 1;
const SIZE_AT = KIND_AT + 2;
const HEAD_BYTES = SIZE_AT + SIZE_DIGITS + 1;
const MARK = 0x1e;
const LINE_FEED = Buffer.from('\n');

/** Segments put together in room that is used again; those of one instant become one. */
export class SegmentBuffer {
  readonly #out = new ReusedBytes();
  #last = { at: 0, instant: '', kind: 'message' as SegmentKind };

  /** All segments so far; they hold until the next call. */
  get bytes(): Buffer {
    return this.#out.bytes;
  }

  get length(): number {
    return this.#out.length;
  }

  append(instant: string, kind: SegmentKind, body: Buffer): void {
    const last = this.#last;
    const joins = this.length > 0 && kind === 'lines' && last.kind === kind;
    if (!joins || last.instant !== instant) {
      this.#last = { at: this.length, instant, kind };
      this.#out.append(Buffer.from(`\x1e${instant} ${kind[0]} ${digits(0)}\n`));
    }
    this.#out.append(body);
    this.#out.append(LINE_FEED);
    const size = this.length - this.#last.at - HEAD_BYTES;
    this.#out.bytes.write(digits(size), this.#last.at + SIZE_AT, 'latin1');
  }

  clear(): void {
    this.#out.clear();
  }
}

const digits = (size: number): string => String(size).padStart(SIZE_DIGITS, '0');

/**
 * The whole segments of `bytes`, which begin with one. With `torn`, the last may have lost its end,
 * as after a crash, and is given as far as it goes.
 */
export function* segmentsIn(bytes: Buffer, torn = false): Generator<LogSegment> {
  for (let at = 0; bytes[at] === MARK && at + HEAD_BYTES <= bytes.length; ) {
    const from = at + HEAD_BYTES;
    const end = from + Number(bytes.toString('latin1', at + SIZE_AT, from - 1));
    if (Number.isNaN(end) || (end > bytes.length && !torn)) return;
    yield {
      instant: bytes.subarray(at + 1, at + 1 + INSTANT_BYTES),
      kind: bytes[at + KIND_AT] === 'm'.charCodeAt(0) ? 'message' : 'lines',
      body: bytes.subarray(from, Math.min(end - 1, bytes.length)),
      end,
    };
    at = end;
  }
}
