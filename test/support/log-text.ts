import type { JobId } from '../../src/domain/ids.ts';
import { SegmentBuffer } from '../../src/domain/log-segments.ts';
import type { LogPiece, LogStore } from '../../src/ports/log-store.ts';

export const INSTANT = '2026-06-30T15:40:39.5830000Z';

/** A segment of single lines, each of one instant. */
export function segmentOf(...lines: readonly string[]): Buffer {
  const segments = new SegmentBuffer();
  segments.append(INSTANT, 'lines', Buffer.from(lines.join('\n')));
  return segments.bytes;
}

/** The whole log of a step. */
export async function readLog(
  logs: Pick<LogStore, 'read'>,
  job: JobId,
  step: number,
): Promise<string> {
  return (await piecesOf(logs.read(job, step))).map(({ text }) => text).join('');
}

export async function piecesOf(log: AsyncIterable<LogPiece>): Promise<LogPiece[]> {
  const pieces: LogPiece[] = [];
  for await (const piece of log) pieces.push(piece);
  return pieces;
}
