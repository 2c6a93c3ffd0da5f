import { type FileHandle, open } from 'node:fs/promises';
import { segmentsIn } from '../../domain/log-segments.ts';
import { StampedBytes } from '../../domain/stamped-bytes.ts';
import type { LogPiece } from '../../ports/log-store.ts';

/** What is read at once. A segment that is larger is read by itself. */
const WINDOW_BYTES = 1024 * 1024;

/**
 * The segments of a file from a place on, as log lines, in pieces of about {@link WINDOW_BYTES}.
 * Nothing where there is no file. An end that is not whole is given only when it `isTorn`.
 */
export async function* readSegments(
  file: string,
  from: number,
  isTorn: () => boolean,
): AsyncGenerator<LogPiece> {
  const handle = await openToRead(file);
  if (handle === null) return;
  try {
    let window = Buffer.allocUnsafe(WINDOW_BYTES);
    for (let at = from; ; ) {
      const { bytesRead } = await handle.read(window, 0, window.length, at);
      if (bytesRead === 0) return;
      const isEnd = bytesRead < window.length;
      const piece = toPiece(window.subarray(0, bytesRead), at, isEnd && isTorn());
      if (piece !== null) {
        yield piece;
        at = piece.next;
      } else if (isEnd) {
        return;
      } else {
        window = Buffer.allocUnsafe(window.length * 2);
      }
    }
  } finally {
    await handle.close();
  }
}

function toPiece(bytes: Buffer, at: number, torn: boolean): LogPiece | null {
  const lines = new StampedBytes();
  let end = 0;
  for (const segment of segmentsIn(bytes, torn)) {
    lines.append(segment);
    ({ end } = segment);
  }
  return end === 0 ? null : { text: lines.bytes.toString(), next: at + end };
}

async function openToRead(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
