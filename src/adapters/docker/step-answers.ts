import { MarkScanner, type StreamName } from './step-frames.ts';

/** What one stream of an agent still owes for one request. */
export interface Owed {
  readonly mark: string;
  readonly onStart: (kind: string, pid: number) => void;
  /** The words behind the closing mark; called once both streams are through with the request. */
  readonly onEnd: (words: readonly string[]) => void;
}

export interface Piece<T extends Owed> {
  readonly owed: T;
  readonly bytes: Buffer;
}

/**
 * Cuts one stream of an agent into the answers of its requests, in order. On stdout an answer is a
 * head line, the output, the mark and a tail line; on stderr the head is missing. The two streams
 * may run ahead of each other.
 */
export class AnswerStream<T extends Owed> {
  readonly #name: StreamName;
  readonly #todo: T[] = [];
  readonly #ended: (owed: T, words: readonly string[]) => void;
  #state: 'head' | 'body' | 'tail';
  #line: Buffer = Buffer.alloc(0);
  #scan: MarkScanner | null = null;

  constructor(name: StreamName, ended: (owed: T, words: readonly string[]) => void) {
    this.#name = name;
    this.#ended = ended;
    this.#state = this.#first();
  }

  expect(owed: T): void {
    this.#todo.push(owed);
  }

  /** Output inside `bytes`, piece by piece; resuming means that the last piece has been delivered. */
  *read(bytes: Buffer): Generator<Piece<T>> {
    let rest = bytes;
    while (rest.length > 0) {
      const owed = this.#todo[0];
      if (owed === undefined) return; // late words of a process that outlived its step
      if (this.#state === 'body') {
        this.#scan ??= new MarkScanner(owed.mark);
        const { before, after } = this.#scan.push(rest);
        if (before.length > 0) yield { owed, bytes: before };
        if (after === null) return;
        this.#scan = null;
        this.#state = 'tail';
        rest = after;
      } else {
        rest = this.#takeLine(owed, rest);
      }
    }
  }

  #takeLine(owed: T, bytes: Buffer): Buffer {
    const end = bytes.indexOf(10);
    if (end < 0) {
      this.#line = Buffer.concat([this.#line, bytes]);
      return Buffer.alloc(0);
    }
    const words = Buffer.concat([this.#line, bytes.subarray(0, end)])
      .toString('latin1')
      .split(' ');
    this.#line = Buffer.alloc(0);
    if (this.#state === 'head') {
      this.#state = 'body';
      owed.onStart(words[1] ?? '', Number(words[2] ?? 0));
    } else {
      this.#state = this.#first();
      this.#todo.shift();
      this.#ended(owed, words);
    }
    return bytes.subarray(end + 1);
  }

  #first(): 'head' | 'body' {
    return this.#name === 'stdout' ? 'head' : 'body';
  }
}
